/** What OVH makes of the records it is given: its normal forms, and its refusals. */
import { isIPv4, isIPv6 } from "node:net";
import { badRequest } from "./errors";
import { FIELD_TYPES, type NewRecord, type ZoneRecord } from "./zone-types";

const TXT_TYPES = new Set(["TXT", "SPF"]);
const HOST = /^(?=.{1,254}$)([a-z0-9_*]([a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.?$/i;
const SUBDOMAIN =
  /^$|^(?=.{1,253}$)(\*|[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*$/i;

/** The strings of a TXT target: quoted ones with their escapes, or the whole text as one. */
function strings(target: string): string[] {
  const quoted = [...target.matchAll(/"((?:[^"\\]|\\.)*)"/gs)].map((match) => match[1] ?? "");
  const rest = target.replace(/"(?:[^"\\]|\\.)*"/gs, "").trim();
  if (quoted.length > 0 && rest === "") return quoted;
  return [target.replace(/[\\"]/g, "\\$&")];
}

/** Quoted, in strings of 255 bytes at most, RFC 1035 section 3.3.14. */
export function quotedText(target: string): string {
  const parts = strings(target).flatMap((text) => {
    const units = text.match(/\\\d{3}|\\.|[^\\]/gs) ?? [];
    const pieces: string[] = [];
    for (let i = 0; i === 0 || i < units.length; i += 255) pieces.push(units.slice(i, i + 255).join(""));
    return pieces;
  });
  return parts.map((part) => `"${part}"`).join(" ");
}

const FORMS: Record<string, { form: RegExp; example: string }> = {
  MX: { form: /^\d{1,5} \S+$/, example: "10 mx.example.org." },
  SRV: { form: /^\d{1,5} \d{1,5} \d{1,5} \S+$/, example: "0 1 993 imap.example.org." },
  CAA: { form: /^\d{1,3} (issue|issuewild|iodef|issuemail|issuevmc|contactemail|contactphone) ".*"$/, example: "" },
  TLSA: { form: /^[0-3] [01] [0-2] [0-9a-f]+$/i, example: "3 1 1 <hash>" },
  SSHFP: { form: /^\d \d [0-9a-f]+$/i, example: "4 2 <hash>" },
};

const HOST_TYPES = new Set(["CNAME", "DNAME", "NS", "PTR"]);
const DKIM_TAGS = new Set(["v", "g", "h", "k", "n", "p", "s", "t"]);

/** Target in its normal form; an error in OVH's words when it is none. */
function normalTarget(fieldType: string, target: string): string {
  const invalid = badRequest(`Invalid target for ${fieldType} record (${target})`);
  if (target === "" || /[\r\n\0]/.test(target) || /[^\x20-\x7e]/.test(target)) throw invalid;
  if (fieldType === "A" && !isIPv4(target)) throw invalid;
  if (fieldType === "AAAA") {
    if (!isIPv6(target)) throw invalid;
    return target.toLowerCase();
  }
  if (HOST_TYPES.has(fieldType) && !HOST.test(target)) throw invalid;
  if (FORMS[fieldType] && !FORMS[fieldType].form.test(target)) throw invalid;
  if (fieldType === "HTTPS" && /\bech=/.test(target)) throw invalid;
  if (fieldType === "DKIM") checkDkim(target);
  if (fieldType === "DMARC" && !/^v=DMARC1;/.test(target)) throw badRequest("Invalid subfield found in DMARC");
  if (fieldType === "SPF" && !/^"?v=spf1\b/.test(target)) throw badRequest("Invalid subfield found in SPF");
  return TXT_TYPES.has(fieldType) ? quotedText(target) : target;
}

function checkDkim(target: string): void {
  const tags = target
    .split(";")
    .map((part) => part.trim())
    .filter(Boolean);
  if (tags.some((part) => !DKIM_TAGS.has(part.split("=")[0] ?? ""))) {
    throw badRequest(`Invalid subfield found in DKIM : ${target}`);
  }
}

/** The record in its normal form, fit to stand beside `others`; an error in OVH's words otherwise. */
export function normalRecord(
  record: NewRecord & { id: number; zone: string },
  others: readonly ZoneRecord[],
): ZoneRecord {
  const { id, zone, fieldType, ttl = 0 } = record;
  const subDomain = (record.subDomain ?? "").toLowerCase();
  if (!FIELD_TYPES.includes(fieldType)) {
    throw badRequest(
      `[fieldType] Given data (${fieldType}) does not belong to the NamedResolutionFieldTypeEnum enumeration`,
    );
  }
  if (!SUBDOMAIN.test(subDomain)) throw badRequest(`Invalid subDomain: ${subDomain}`);
  if (fieldType === "DMARC" && !subDomain.startsWith("_dmarc")) {
    throw badRequest(`Invalid subDomain for DMARC record: ${subDomain}`);
  }
  if (ttl < 0 || (ttl > 0 && ttl < 60) || ttl > 2 ** 31 - 1)
    throw badRequest(`Invalid ttl: ${ttl} (0, or 60 and more)`);
  const beside = others.filter((other) => other.subDomain === subDomain && other.id !== id);
  if ((fieldType === "CNAME" && beside.length > 0) || beside.some((other) => other.fieldType === "CNAME")) {
    throw badRequest(`A CNAME record cannot coexist with another record at the same name: ${subDomain || zone}`);
  }
  if (fieldType === "CNAME" && subDomain === "") throw badRequest("A CNAME record is not allowed at the zone's apex");
  return { id, zone, fieldType, subDomain, target: normalTarget(fieldType, record.target), ttl };
}
