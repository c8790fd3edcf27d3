/** A platform with many domains at OVH, for the benchmark: its site file, and its records as they are in the account. */

import type { NewRecord } from "../lab/ovh/zone-types";
import type { DnsFacts } from "../plan/dns/record";
import { recordSet } from "../plan/dns/records";
import type { SiteSpec } from "../site";

const HOSTNAME = "mail1.d1.example";

/** The site file of a platform with so many domains. */
export function siteText(domains: number): string {
  const names = Array.from({ length: domains }, (_, i) => `  d${i + 1}.example: { dmarc: reject }`);
  return `site: bench
hosts:
  mail1:
    address: 192.0.2.51
    address6: 2001:db8:51::1
    hostname: ${HOSTNAME}
    location: gravelines
    roles: [mx, submission, relay, mailstore, webmail]
    ovh: { server: ns1001.ip-192-0-2.eu, install: { reinstall: "2026-11-22" } }
domains:
${names.join("\n")}
accounts:
  mailboxes:
    alice@d1.example: { name: Alice Martin }
dns: { provider: ovh }
certificates: { acme: {} }
ovh: { endpoint: ovh-eu }
`;
}

/** Keys in their usual sizes: two algorithms, one pair for all domains, of which another is on its way. */
export function factsOf(site: SiteSpec): DnsFacts {
  const keys = [
    { selector: "r1", algorithm: "rsa" as const, publicKey: "A".repeat(392) },
    { selector: "r2", algorithm: "rsa" as const, publicKey: "B".repeat(392) },
    { selector: "e1", algorithm: "ed25519" as const, publicKey: "C".repeat(44) },
    { selector: "e2", algorithm: "ed25519" as const, publicKey: "D".repeat(44) },
  ];
  return {
    dkim: site.domains.flatMap(({ name }) => keys.map((key) => ({ domain: name, ...key }))),
    tlsa: { [HOSTNAME]: ["ab".repeat(32), "cd".repeat(32)] },
    acmeAccountUri: "https://ca.example/acct/7",
  };
}

/** What an account holds that was deployed already, so that the benchmark need not write it all first. */
export function zonesOf(site: SiteSpec): Record<string, NewRecord[]> {
  const zones: Record<string, NewRecord[]> = {};
  for (const { zone, name, type, ttl, values } of recordSet(site, factsOf(site))) {
    if (zone === undefined) continue;
    const subDomain = name === zone ? "" : name.slice(0, -zone.length - 1);
    const records = values.map((target) => ({ fieldType: type, subDomain, target, ttl }));
    zones[zone] = [...(zones[zone] ?? []), ...records];
  }
  return zones;
}
