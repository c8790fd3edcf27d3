/** The cost of SPF records: DNS lookups, counted through everything they include, RFC 7208 §4.6.4. Above the limits receivers give up. */

import { DnsError, inParallel } from "../../provider/dns/query";
import { textOf } from "../../provider/dns/tokens";
import type { DnsRecord } from "../../roles/shared/records";
import type { SiteSpec } from "../../site";
import type { Finding } from "./finding";
import { AT_ONCE, type Resolving } from "./world";

/** Limits of RFC 7208 §4.6.4. */
export const LIMITS = { lookups: 10, voids: 2, exchanges: 10 } as const;
/** From here on it is worth to think of it. */
const CLOSE = 8;
/** Questions for one record at most: receivers gave up long before, and more is a burden for others. */
const MOST_QUESTIONS = 100;
/** Written-out addresses of one include up to which advice is of use. */
const HANDY = 12;

/** RDATA of one name and type; nothing where it does not exist. Errors are passed on: then the cost is not known. */
export type Lookup = (name: string, type: "TXT" | "A" | "AAAA" | "MX") => Promise<string[]>;

/** What a record, or one term of it, costs. */
export interface SpfCost {
  lookups: number;
  /** Lookups that find nothing. */
  voids: number;
  /** The same senders as ip4: and ip6: terms. */
  flat: string[];
  /** Terms that cannot be written out: macros, ptr, exists. */
  opaque: string[];
  /** What makes the evaluation fail whatever it costs (permerror). */
  faults: string[];
}

/** One term of the record asked for, with its cost. */
export interface SpfTerm extends SpfCost {
  term: string;
}

const NOTHING: SpfCost = { lookups: 0, voids: 0, flat: [], opaque: [], faults: [] };

function sum(costs: SpfCost[]): SpfCost {
  return {
    lookups: costs.reduce((total, cost) => total + cost.lookups, 0),
    voids: costs.reduce((total, cost) => total + cost.voids, 0),
    flat: [...new Set(costs.flatMap(({ flat }) => flat))],
    opaque: [...new Set(costs.flatMap(({ opaque }) => opaque))],
    faults: [...new Set(costs.flatMap(({ faults }) => faults))],
  };
}

/** Addresses as terms, with the prefix lengths of an `a` or `mx` term ("/24//64"). */
function written(addresses: string[], lengths: string): string[] {
  const [, v4 = "", v6 = ""] = /^(?:\/(?!\/)(\d+))?(?:\/\/(\d+))?$/.exec(lengths) ?? [];
  return addresses.map((address) =>
    address.includes(":") ? `ip6:${address}${v6 && `/${v6}`}` : `ip4:${address}${v4 && `/${v4}`}`,
  );
}

/** One record as it is followed: what was asked, and what each name costs, which may be included from several places. */
interface Walk {
  look: Lookup;
  questions: number;
  known: Map<string, SpfCost>;
}

async function addressCost(names: string[], lengths: string, { look }: Walk): Promise<SpfCost> {
  const found = await Promise.all(
    names.map(async (name) => (await Promise.all([look(name, "A"), look(name, "AAAA")])).flat()),
  );
  const voids = found.filter((addresses) => addresses.length === 0).length;
  return { ...NOTHING, voids, flat: written(found.flat(), lengths) };
}

/** The cost of one term at a domain. */
async function termCost(term: string, domain: string, walk: Walk, path: string[]): Promise<SpfCost> {
  const mechanism = term.replace(/^[+?~-]/, "");
  const [, kind = "", target, lengths = ""] = /^([a-z0-9]+)(?:[:=]([^/]+))?((?:\/.*)?)$/i.exec(mechanism) ?? [];
  const name = (target ?? domain).replace(/\.$/, "").toLowerCase();
  const one = { ...NOTHING, lookups: 1 };
  switch (kind.toLowerCase()) {
    case "ip4":
    case "ip6":
      return { ...NOTHING, flat: [mechanism] };
    case "all":
    case "exp":
      return NOTHING;
    case "ptr":
    case "exists":
      return { ...one, opaque: [term] };
  }
  if (!/^(include|redirect|a|mx)$/i.test(kind)) {
    // Unknown modifiers are passed over, unknown mechanisms are an error, RFC 7208 §6 and §4.6.1.
    return /^[a-z][\w.-]*=/i.test(mechanism)
      ? NOTHING
      : { ...NOTHING, faults: [`"${term}" at ${domain} is not a term of SPF`] };
  }
  if (name.includes("%")) return { ...one, opaque: [term] };
  const known = /^(include|redirect)$/i.test(kind) ? walk.known.get(name) : undefined;
  // In a circle it is not known yet, and said below.
  if (known) return sum([one, known]);
  if (!path.includes(name) && walk.questions++ >= MOST_QUESTIONS) {
    return { ...one, opaque: [term], faults: [`more than ${MOST_QUESTIONS} lookups: nobody follows it to its end`] };
  }
  if (kind.toLowerCase() === "a") return sum([one, await addressCost([name], lengths, walk)]);
  if (kind.toLowerCase() === "mx") {
    const exchanges = (await walk.look(name, "MX"))
      .map((value) => value.split(" ")[1]?.replace(/\.$/, "") ?? "")
      .filter(Boolean);
    if (exchanges.length === 0) return { ...one, voids: 1 };
    const faults =
      exchanges.length > LIMITS.exchanges ? [`"${term}" at ${domain} leads to ${exchanges.length} MX hosts`] : [];
    return sum([{ ...one, faults }, await addressCost(exchanges.slice(0, LIMITS.exchanges), lengths, walk)]);
  }
  const cost = await includedCost(name, term, walk, path);
  if (!path.includes(name)) walk.known.set(name, cost);
  return sum([one, cost]);
}

/** The record of another domain. */
async function includedCost(name: string, term: string, walk: Walk, path: string[]): Promise<SpfCost> {
  if (path.includes(name)) return { ...NOTHING, faults: [`${[...path, name].join(" → ")} goes in a circle`] };
  const texts = await walk.look(name, "TXT");
  const records = texts.map(textOf).filter((text) => /^v=spf1(\s|$)/i.test(text));
  const [record] = records;
  if (record === undefined)
    return { ...NOTHING, voids: texts.length === 0 ? 1 : 0, faults: [`"${term}": ${name} has no SPF record`] };
  if (records.length > 1) return { ...NOTHING, faults: [`"${term}": ${name} has ${records.length} SPF records`] };
  return sum(await termsOf(record, name, walk, path));
}

/** Every term of a record with its cost; the sum is the worst case, when no term but the last matches. */
export function spfTerms(text: string, domain: string, look: Lookup): Promise<SpfTerm[]> {
  return termsOf(text, domain, { look, questions: 0, known: new Map() }, []);
}

async function termsOf(text: string, domain: string, walk: Walk, path: string[]): Promise<SpfTerm[]> {
  const terms = text.trim().split(/\s+/).slice(1);
  const hasAll = terms.some((term) => /^[+?~-]?all$/i.test(term));
  const costs: SpfTerm[] = [];
  // One after the other: what two of them include is asked for once.
  for (const term of terms.filter((term) => !(hasAll && /^redirect=/i.test(term)))) {
    costs.push({ term, ...(await termCost(term, domain, walk, [...path, domain])) });
  }
  return costs;
}

/** Which includes to write out, dearest first. */
function flattening(terms: SpfTerm[], over: number): string {
  const worth = terms
    .filter(
      ({ term, opaque, faults }) =>
        /^[+]?(include:|a\b|mx\b)/i.test(term) && opaque.length === 0 && faults.length === 0,
    )
    .filter(({ lookups, flat }) => lookups > 0 && flat.length > 0 && flat.length <= HANDY)
    .sort((a, b) => b.lookups - a.lookups);
  const chosen: SpfTerm[] = [];
  for (const term of worth) {
    if (chosen.reduce((saved, { lookups }) => saved + lookups, 0) >= over) break;
    chosen.push(term);
  }
  const lines = chosen.map(({ term, lookups, flat }) => `instead of ${term} (saves ${lookups}): ${flat.join(" ")}`);
  return [
    "take out what nobody sends through any more, send the rest from subdomains of their own, or write addresses out:",
    ...(lines.length > 0 ? lines : ["no term here is short enough to be written out"]),
    ...(lines.length > 0 ? ["addresses of others change without notice: write them out anew regularly"] : []),
  ].join("\n");
}

/** The finding on one SPF record. Pure. */
export function judgeSpf(domain: string, zone: string, text: string, terms: SpfTerm[]): Finding {
  const { lookups, voids, faults } = sum(terms);
  const over = lookups > LIMITS.lookups;
  const failing = over || voids > LIMITS.voids || faults.length > 0;
  const costly = terms.filter((term) => term.lookups > 0).map((term) => `${term.term} ${term.lookups}`);
  const advice = [
    ...(faults.length > 0 ? ["mend or remove the terms named: receivers take the whole record for broken"] : []),
    ...(voids > LIMITS.voids ? ["remove the terms whose names no longer exist"] : []),
    ...(lookups >= CLOSE ? [flattening(terms, Math.max(1, lookups - LIMITS.lookups))] : []),
  ];
  return {
    kind: "spf",
    zone,
    subject: `${domain} SPF`,
    verdict: failing ? "failing" : "ok",
    level: "required",
    why: `receivers give up after ${LIMITS.lookups} lookups, or ${LIMITS.voids} that find nothing`,
    rfc: "RFC 7208 §4.6.4",
    wanted: [text],
    found: [],
    notes: [
      `${lookups} of ${LIMITS.lookups} lookups${costly.length > 0 ? ` (${costly.join(", ")})` : ""}, ${voids} of ${LIMITS.voids} void`,
      ...faults,
    ],
    ...(advice.length > 0 ? { todo: advice.join("\n") } : {}),
  };
}

/** SPF of every mail domain, as it is wanted: what is published instead is another finding. */
export async function checkSpf(site: SiteSpec, records: DnsRecord[], resolving: Resolving): Promise<Finding[]> {
  const domains = new Set(site.domains.filter(({ mail }) => mail).map(({ name }) => name));
  const own = records.filter(({ name, type }) => type === "TXT" && domains.has(name));
  const found = own.flatMap((record) =>
    record.values
      .map(textOf)
      .filter((text) => text.startsWith("v=spf1"))
      .map((text) => ({ record, text })),
  );
  return inParallel(found, AT_ONCE, async ({ record, text }) => {
    const zone = record.zone ?? "";
    try {
      return judgeSpf(
        record.name,
        zone,
        text,
        await spfTerms(text, record.name, (name, type) => resolving.values(name, type)),
      );
    } catch (error) {
      if (!(error instanceof DnsError)) throw error;
      const unknown = { ...judgeSpf(record.name, zone, text, []), verdict: "unknown" as const };
      return {
        ...unknown,
        notes: [error.message],
        todo: "the names that it includes could not be looked up: ask again later",
      };
    }
  });
}
