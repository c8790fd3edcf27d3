/** What a zone that is there already means for a site: its entry in the site file, and what becomes of each record. */

import { textOf } from "../provider/dns/tokens";
import { type Conflict, conflicts } from "../provider/dns/zone/conflicts";
import { bySet, keyOf, type LiveRecord, type RecordSet } from "../provider/dns/zone/model";
import { canonicalSets, slotOf, slotsOf } from "../provider/dns/zone/ownership";
import type { DnsRecord } from "../roles/shared/records";
import { ANY, isWanted } from "./dns/wanted";

/**
 * What becomes of a record when the site is deployed. `adopt`: it is as wanted and becomes ours. `conflict`: it stands where
 * something else is wanted, and is refused until it is removed or named in `takeOver`. `claim`: the site file, which was not
 * given, will decide between these two. `leave`: it is none of Postfleet's business.
 */
export type Disposition = "adopt" | "conflict" | "claim" | "leave";

export interface SurveyedRecord {
  name: string;
  type: string;
  ttl: number;
  value: string;
  verdict: Disposition;
  /** Of a conflict: what is wanted there. */
  wanted?: string[];
}

/** The domain's entry in a site file; what is missing has its default. */
export interface DomainEntry {
  mail?: false;
  dmarc?: string;
  dmarcReports?: string;
  spf?: string[];
  dav?: string;
}

export interface Survey {
  entry: DomainEntry;
  /** What the entry cannot say. */
  notes: string[];
  records: SurveyedRecord[];
}

/** Names below a mail domain that Postfleet speaks for, whatever the site. */
const CLAIMED =
  /^((mta-sts|autoconfig|autodiscover|_dmarc|_mta-sts|_smtp\._tls|[^.]+\._domainkey|_(imaps?|pop3s?|submissions?|sieve|autodiscover)\._tcp)\.)$/;
const CLAIMED_AT_TOP = new Set(["MX", "CAA"]);

/** `wanted` is the record set of a site in this zone; undefined where there is no site file yet. */
export function survey(zone: string, live: readonly LiveRecord[], wanted: readonly DnsRecord[] | undefined): Survey {
  return { ...entryOf(zone, live), records: wanted ? judged(zone, live, wanted) : guessed(zone, live) };
}

function guessed(zone: string, live: readonly LiveRecord[]): SurveyedRecord[] {
  return live.map((record) => {
    const top = CLAIMED_AT_TOP.has(record.type) || slotOf(record.name, record.type, record.value) === "v=spf1";
    const below = CLAIMED.test(record.name.slice(0, -zone.length));
    return surveyed(record, (record.name === zone ? top : below) ? "claim" : "leave");
  });
}

function judged(zone: string, live: readonly LiveRecord[], wanted: readonly DnsRecord[]): SurveyedRecord[] {
  const sets = bySet(live);
  const targets = canonicalSets(
    Object.fromEntries(
      wanted.map((record) => [keyOf(record), { ttl: record.ttl, values: settled(record, sets.get(keyOf(record))) }]),
    ),
  );
  const inTheWay = new Map<LiveRecord, string[]>();
  for (const conflict of conflicts(zone, new Map(), targets, live)) {
    const wanting = texts(conflict);
    for (const record of conflict.theirs) if (!inTheWay.has(record)) inTheWay.set(record, wanting);
  }
  const slots = new Map([...targets].map(([key, target]) => [key, slotsOf(target)]));
  return live.map((record) => {
    const wanting = inTheWay.get(record);
    if (wanting) return { ...surveyed(record, "conflict"), wanted: wanting };
    const ours = slots.get(keyOf(record))?.has(slotOf(record.name, record.type, record.value));
    return surveyed(record, ours ? "adopt" : "leave");
  });
}

/** Values that only a stack knows are taken to be what was found, where that has their form. */
const settled = (record: DnsRecord, found: readonly LiveRecord[] = []): string[] =>
  record.values.map((value) =>
    value.includes(ANY) ? (found.find((live) => isWanted(record, value, live.value))?.value ?? value) : value,
  );

const texts = ({ wanted }: Conflict) => wanted.values.map((value) => `${setName(wanted)} ${value}`);
const setName = ({ name, type }: Pick<RecordSet, "name" | "type">) => `${name} ${type}`;
const surveyed = ({ name, type, ttl, value }: LiveRecord, verdict: Disposition): SurveyedRecord => ({
  name,
  type,
  ttl,
  value,
  verdict,
});

function entryOf(zone: string, live: readonly LiveRecord[]): Pick<Survey, "entry" | "notes"> {
  const notes: string[] = [];
  const texts = (name: string) =>
    live.filter((record) => record.name === name && record.type === "TXT").map(({ value }) => textOf(value));
  const spf = spfEntry(
    texts(zone).filter((text) => /^v=spf1( |$)/i.test(text)),
    notes,
  );
  const mx = live.filter(({ name, type }) => name === zone && type === "MX").map(({ value }) => value);
  if (mx.length === 1 && mx[0] === "0 .") return { entry: { mail: false }, notes };
  if (mx.length > 0)
    notes.push(
      `mail goes to ${mx.map((value) => value.replace(/^\d+ /, "")).join(", ")} today; it moves with the MX record`,
    );
  const dav = live.find(({ name, type }) => name === `_caldavs._tcp.${zone}` && type === "SRV")?.value.split(" ")[3];
  return {
    entry: {
      ...dmarcEntry(zone, texts(`_dmarc.${zone}`), notes),
      ...(spf.length > 0 ? { spf } : {}),
      ...(dav && dav !== "." ? { dav: dav.replace(/\.$/, "") } : {}),
    },
    notes,
  };
}

/** Senders beside the site's own hosts, as the site file takes them. */
function spfEntry(records: string[], notes: string[]): string[] {
  if (records.length > 1)
    notes.push(
      `there are ${records.length} SPF records, which is as good as none (RFC 7208 §4.5): ${records.join(" and ")}`,
    );
  const terms = [...new Set(records.flatMap((record) => record.split(/ +/).slice(1)))].filter((term) => term !== "");
  const all = terms.find((term) => /^[+?~-]?all$/i.test(term));
  if (all && all !== "-all")
    notes.push(`SPF ends in ${all}; Postfleet's ends in -all: whoever sends for the domain must be in spf by then`);
  const isOdd = (term: string) => /^(redirect|exp|ptr)\b/i.test(term);
  const odd = terms.filter(isOdd);
  if (odd.length > 0)
    notes.push(`SPF has ${odd.join(" ")}, which the site file does not take: name the senders behind it`);
  const senders = terms.filter((term) => !isOdd(term) && !/^[+?~-]?(all|a|mx)$/i.test(term));
  if (senders.some((term) => /^[+?~-]?ip[46]:/i.test(term)))
    notes.push("remove addresses of the site's own hosts from spf: they are always in it");
  return senders;
}

function dmarcEntry(zone: string, records: string[], notes: string[]): DomainEntry {
  const tags = Object.fromEntries(
    (records[0] ?? "")
      .split(";")
      .map((tag) => tag.split("=").map((part) => part.trim()))
      .filter((tag) => tag.length === 2),
  ) as Record<string, string>;
  if (!tags.p) {
    notes.push("there is no DMARC policy yet: begin with none, read the reports, then quarantine and reject");
    return { dmarc: "none" };
  }
  const report = /mailto:([^,!]+)/i.exec(tags.rua ?? "")?.[1];
  return {
    dmarc: tags.p.toLowerCase(),
    ...(report && report !== `postmaster@${zone}` ? { dmarcReports: report } : {}),
  };
}
