/** A platform with many domains at OVH, for the benchmark: its site file, and its records as they are in the account. */

import type { NewRecord } from "../lab/ovh/zone-types";
import type { Plan } from "../plan";
import { fill } from "../plan/dns/fill";
import { ACME_ACCOUNT, type KeyFact, type KeyFacts } from "../roles/shared/records";

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
  aliases: { postmaster@d1.example: [alice@d1.example] }
dns: { provider: ovh }
certificates: { acme: {} }
ovh: { endpoint: ovh-eu }
`;
}

/** Keys in their usual sizes: two algorithms, of which another pair is on its way. */
export function keysOf({ rings }: Plan): KeyFacts {
  const sizes = { rsa: 392, ed25519: 44, p256: 64 };
  const keys = rings.map(({ id, prefix, algorithm }): [string, KeyFact[]] => [
    id,
    [1, 2].map((n) => ({ selector: `${prefix}${n}`, publicKey: String(n).repeat(sizes[algorithm]) })),
  ]);
  return { ...Object.fromEntries(keys), [ACME_ACCOUNT]: [{ accountUri: "https://ca.example/acct/7" }] };
}

/** What an account holds that was deployed already, so that the benchmark need not write it all first. */
export function zonesOf(plan: Plan): Record<string, NewRecord[]> {
  const zones: Record<string, NewRecord[]> = {};
  for (const { zone, name, type, ttl, values } of fill(plan.records, keysOf(plan))) {
    if (zone === undefined) continue;
    const subDomain = name === zone ? "" : name.slice(0, -zone.length - 1);
    const records = values.map((target) => ({ fieldType: type, subDomain, target, ttl }));
    zones[zone] = [...(zones[zone] ?? []), ...records];
  }
  return zones;
}
