/**
 * The record set of a site: one pure function from what is wanted to what DNS must say. Who serves it (PowerDNS, OVH,
 * somebody else) is another room's business.
 */
import type { SiteSpec } from "../../site/types";
import { domainRecords } from "./domain-records";
import { hostRecords } from "./host-records";
import { type DnsFacts, type DnsRecord, zoneOf } from "./record";

export type { DnsFacts, DnsRecord, RecordType } from "./record";
export { zoneNames } from "./record";

/** All record sets of the site, sorted by zone, then name from the apex down, then type. */
export function recordSet(site: SiteSpec, facts: DnsFacts): DnsRecord[] {
  const drafts = [...hostRecords(site, facts), ...site.domains.flatMap((domain) => domainRecords(site, domain, facts))];
  const sets = new Map<string, DnsRecord>();
  for (const draft of drafts) {
    const key = `${draft.name} ${draft.type}`;
    const known = sets.get(key);
    if (known === undefined) {
      sets.set(key, { zone: zoneOf(site, draft.name), ttl: site.dns.ttl, ...draft });
      continue;
    }
    // Two SPF records of one name are an error (RFC 7208 §4.5): the first is the host's own and stricter one.
    const spf = (value: string) => value.startsWith('"v=spf1');
    const values = draft.values.filter((value) => !(spf(value) && known.values.some(spf)));
    known.values = [...new Set([...known.values, ...values])];
  }
  const order = ({ zone, name, type }: DnsRecord) =>
    [zone ?? "~", ...name.split(".").reverse(), `\u0000${type}`].join(" ");
  return [...sets.values()].sort((a, b) => (order(a) < order(b) ? -1 : 1));
}

/** Reverse names, RFC 1912 §2.1: address -> hostname. They are set at whoever owns the addresses, not in our zones. */
export function reverseRecords(site: SiteSpec): { address: string; name: string }[] {
  return site.hosts
    .filter((host) => !host.lost)
    .flatMap((host) =>
      [host.address, ...(host.address6 === undefined ? [] : [host.address6])].map((address) => ({
        address,
        name: host.hostname,
      })),
    );
}
