/** Zone files, RFC 1035 section 5: written for export and for the name servers, read for import. */
import { badRequest } from "./errors";
import type { ZoneContent } from "./state";
import { quotedText } from "./zone-records";
import { FIELD_TYPES, type NewRecord, type ZoneRecord } from "./zone-types";

/** OVH's own types are served as TXT. */
const PSEUDO = new Set(["DKIM", "DMARC", "SPF"]);

const line = ({ fieldType, subDomain, target, ttl }: ZoneRecord): string => {
  const type = PSEUDO.has(fieldType) ? "TXT" : fieldType;
  const data = PSEUDO.has(fieldType) ? quotedText(target) : target;
  return `${[subDomain || "@", ...(ttl ? [ttl] : []), "IN", type].join("\t")} ${data}`;
};

/** The zone as a file; names in it are relative to the zone. */
export function zoneText(zone: string, { records, soa }: ZoneContent): string {
  const { server, email, serial, refresh, expire, nxDomainTtl, ttl } = soa;
  const head = [`$TTL ${ttl}`, `@\tIN SOA ${server} ${email} (${serial} ${refresh} 3600 ${expire} ${nxDomainTtl})`];
  const sorted = [...records].sort((a, b) => a.subDomain.localeCompare(b.subDomain) || a.id - b.id);
  return `$ORIGIN ${zone}.\n${[...head, ...sorted.map(line)].join("\n")}\n`;
}

/** Logical lines: comments gone, parentheses joined; a line that begins with space keeps one. */
function logicalLines(text: string): string[] {
  const lines: string[] = [];
  let depth = 0;
  let current = "";
  for (const raw of text.split(/\r?\n/)) {
    const tokens = raw.match(/"(?:[^"\\]|\\.)*"|;.*$|[()]|[^"();]+/g) ?? [];
    for (const token of tokens) {
      if (token.startsWith(";")) break;
      if (token === "(") depth++;
      else if (token === ")") depth--;
      else current += token;
    }
    if (depth > 0) {
      current += " ";
      continue;
    }
    if (current.trim()) lines.push(current.trimEnd());
    current = "";
  }
  if (depth !== 0) throw badRequest("Invalid zone file: parentheses do not match");
  return lines;
}

const isTtl = (word: string | undefined): boolean => word !== undefined && /^\d+$/.test(word);

/** The records of a zone file; the SOA record is left out. */
export function parseZoneFile(zone: string, text: string): { records: NewRecord[]; ttl?: number } {
  const records: NewRecord[] = [];
  let ttl: number | undefined;
  let origin = `${zone}.`;
  let owner = "@";
  for (const logical of logicalLines(text)) {
    const words = logical.match(/"(?:[^"\\]|\\.)*"|\S+/g) ?? [];
    if (words[0] === "$TTL") ttl = Number(words[1]);
    else if (words[0] === "$ORIGIN") origin = words[1] ?? origin;
    else if (words[0]?.startsWith("$")) throw badRequest(`Invalid zone file: ${words[0]} is not supported`);
    else {
      if (!/^\s/.test(logical)) owner = words.shift() ?? owner;
      let own: number | undefined;
      while (isTtl(words[0]) || words[0] === "IN") {
        const word = words.shift();
        if (word !== "IN") own = Number(word);
      }
      const fieldType = words.shift()?.toUpperCase() ?? "";
      if (fieldType === "SOA") continue;
      if (!FIELD_TYPES.includes(fieldType)) throw badRequest(`Invalid zone file: ${logical.trim()}`);
      records.push({ fieldType, subDomain: relative(owner, origin, zone), target: words.join(" "), ttl: own ?? 0 });
    }
  }
  return { records, ...(ttl === undefined ? {} : { ttl }) };
}

/** Name relative to the zone; the apex is empty. */
function relative(owner: string, origin: string, zone: string): string {
  const absolute = owner === "@" ? origin : owner.endsWith(".") ? owner : `${owner}.${origin}`;
  if (absolute === `${zone}.`) return "";
  if (!absolute.endsWith(`.${zone}.`)) throw badRequest(`Invalid zone file: ${absolute} is not in ${zone}`);
  return absolute.slice(0, -zone.length - 2);
}
