/**
 * The record set of a site: one pure function from what is wanted to what DNS must say. Who serves it (PowerDNS, OVH,
 * somebody else) is another room's business.
 */
import { addressesOf, presentHosts } from "../../site/facts";
import type { SiteSpec } from "../../site/types";
import { domainRecords } from "./domain-records";
import { hostRecords } from "./host-records";
import type { DnsFacts, DnsRecord } from "./record";
import { zonesOf } from "./zones";

export type { DnsFacts, DnsRecord, RecordType } from "./record";
export { type Zones, zoneNames, zonesOf } from "./zones";

/** All record sets of the site, sorted by zone, then name from the apex down, then type. */
export function recordSet(site: SiteSpec, facts: DnsFacts): DnsRecord[] {
  const zones = zonesOf(site);
  const sets = new Map<string, DnsRecord>();
  for (const draft of [...hostRecords(site, facts), ...domainRecords(site, facts, zones)]) {
    const key = `${draft.name} ${draft.type}`;
    const known = sets.get(key);
    if (known === undefined) {
      sets.set(key, { zone: zones.of(draft.name), ttl: site.dns.ttl, ...draft });
      continue;
    }
    // Two SPF records of one name are an error (RFC 7208 §4.5): the first is the host's own and stricter one.
    const spf = (value: string) => value.startsWith('"v=spf1');
    const values = draft.values.filter((value) => !(spf(value) && known.values.some(spf)));
    known.values = [...new Set([...known.values, ...values])];
  }
  const sorted = [...sets.values()].map((record) => ({ record, order: orderOf(record) }));
  return sorted.sort((a, b) => (a.order < b.order ? -1 : 1)).map(({ record }) => record);
}

const orderOf = ({ zone, name, type }: DnsRecord) =>
  [zone ?? "~", ...name.split(".").reverse(), `\u0000${type}`].join(" ");

/** A PTR record: the name of an address. It is set at whoever owns the address, not in the site's zones. */
export interface ReverseName {
  /** IPv4, or IPv6 in its shortest form. */
  address: string;
  /** The name that it shall have; its A or AAAA record leads back to the address. */
  name: string;
  /** The host of the site that has the address. */
  host: string;
  why: string;
  rfc: string;
  level: DnsRecord["level"];
}

/** Reverse names of all addresses of hosts that are not lost, RFC 1912 §2.1. */
export function reverseRecords(site: SiteSpec): ReverseName[] {
  return presentHosts(site).flatMap((host) => {
    const sends = host.roles.includes("relay");
    const own = addressesOf([host]);
    return [
      ...own.map((address) => ({ address, name: host.hostname })),
      ...(host.ovh?.additionalIps ?? []).map(({ address, name }) => ({ address, name })),
    ].map(
      ({ address, name }): ReverseName => ({
        address,
        name,
        host: host.name,
        why: sends ? "receivers refuse mail from addresses without a name" : "the address says whose it is",
        rfc: "RFC 1912 §2.1",
        level: sends ? "required" : "recommended",
      }),
    );
  });
}
