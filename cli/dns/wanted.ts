/** What DNS must say: the site's record set, with the public keys of its stack where there is one. */
import { type DnsFacts, type DnsRecord, recordSet } from "../../plan/dns/records";
import type { SiteSpec } from "../../site";
import { canonical } from "./canonical";

/** Stands for a value that only a stack knows; any value of its form will do. In lower case and without spaces: comparing changes neither. */
export const ANY = "<any>";

/** The selectors that keys begin with; those of later keys are known to the stack alone. */
const FIRST_SELECTORS = { own: { rsa: "r1", ed25519: "e1" }, shared: { rsa: "sr1", ed25519: "se1" } } as const;

/** The facts of a site without a stack: keys must exist, whatever they are. */
function anyFacts(site: SiteSpec): DnsFacts {
  return {
    dkim: site.domains
      .filter(({ mail }) => mail)
      .flatMap(({ name }) =>
        (["rsa", "ed25519"] as const).map((algorithm) => ({
          domain: name,
          selector: FIRST_SELECTORS[site.keys.dkim.shared ? "shared" : "own"][algorithm],
          algorithm,
          publicKey: ANY,
        })),
      ),
    tlsa: Object.fromEntries(site.hosts.map((host) => [host.hostname, [ANY]])),
    acmeAccountUri: ANY,
  };
}

/** All record sets of the site. Without facts, values that depend on keys hold {@link ANY}. */
export function wantedRecords(site: SiteSpec, facts: DnsFacts | undefined): DnsRecord[] {
  return recordSet(site, facts ?? anyFacts(site));
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
