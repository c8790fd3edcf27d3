/** What DNS must say: the planned record sets, with the public keys of the stack where there is one. */
import type { Plan } from "../../plan";
import { fill } from "../../plan/dns/fill";
import { ACME_ACCOUNT, type DnsRecord, type KeyFacts } from "../../roles/shared/records";
import { canonical } from "./canonical";

/** Stands for a value that only a stack knows; any value of its form will do. In lower case and without spaces: comparing changes neither. */
export const ANY = "<any>";

/** The keys of a site without a stack: they must exist, whatever they are; a ring's first key has the number 1. */
function anyKeys({ rings }: Plan): KeyFacts {
  const keys = rings.map(({ id, prefix }) => [id, [{ selector: `${prefix}1`, publicKey: ANY }]] as const);
  return { ...Object.fromEntries(keys), [ACME_ACCOUNT]: [{ accountUri: ANY }] };
}

/** All record sets of the site. Without keys, values that depend on them hold {@link ANY}. */
export function wantedRecords(plan: Plan, keys: KeyFacts | undefined): DnsRecord[] {
  return fill(plan.records, keys ?? anyKeys(plan));
}

const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

/** True when a value found is the value wanted. */
export function isWanted(record: Pick<DnsRecord, "name" | "type">, wanted: string, found: string): boolean {
  const [a, b] = [canonical(record.type, wanted), canonical(record.type, found)];
  // Whoever takes reports may say more in its consent, RFC 9990 §4.
  if (/\._report\._dmarc\./.test(record.name)) return /^v=DMARC1\s*(;|$)/.test(b);
  return a.includes(ANY) ? new RegExp(`^${a.split(ANY).map(escaped).join("[^\\s;]+")}$`).test(b) : a === b;
}

/** What a TXT record is for: two of one purpose exclude each other, of two purposes neither concerns the other. */
const purpose = (value: string) => /^v=\w+/i.exec(canonical("TXT", value))?.[0].toLowerCase();

/** Whether a value found in a set is of our concern. A name without underscore may carry TXT records of anybody. */
export function concerns(record: Pick<DnsRecord, "name" | "type" | "values">, found: string): boolean {
  if (record.type !== "TXT" || record.name.includes("_domainkey.")) return true;
  return record.values.some((value) => purpose(value) === purpose(found));
}
