/** Zones as master files, RFC 1035 §5: what the name server loads, and what an operator can read. */

import { comment } from "../../quote/config";
import { hostsWith } from "../../site/facts";
import type { SiteSpec } from "../../site/types";
import { owned } from "../shared/paths";
import type { DnsRecord } from "../shared/records";

/** Stands where the host puts the serial: it must rise with every change, which only the host can know. */
export const SERIAL = "@SERIAL@";

/** One zone. */
export interface ZoneFile {
  /** Name of the zone without the final dot. */
  name: string;
  /** Master file with {@link SERIAL} in the place of the serial. */
  text: string;
}

const relative = (name: string, zone: string) => (name === zone ? "@" : name.slice(0, -zone.length - 1));

/** One line a value, the reason behind the first. */
function lines(record: DnsRecord, zone: string, ttl: number): string {
  const time = record.ttl === ttl ? "" : `${record.ttl} `;
  return record.values
    .map((value, index) => {
      const head = `${relative(record.name, zone).padEnd(30)} ${time}IN ${record.type.padEnd(5)} ${value}`;
      return index === 0 ? `${head} ; ${comment(`${record.why}, ${record.rfc}`)}\n` : `${head}\n`;
    })
    .join("");
}

/** The zones that the site serves itself, RFC 1035; SOA times after RFC 1912 §2.2, negative answers for 5 minutes at most. */
export function zoneFiles(site: SiteSpec, zones: readonly string[], records: readonly DnsRecord[]): ZoneFile[] {
  const primary = hostsWith(site, "nameserver")[0]?.hostname ?? `ns.${site.domains[0]?.name ?? "invalid"}`;
  const ttl = site.dns.ttl;
  const byZone = groupBy(records, (record) => record.zone);
  return zones.map((name) => {
    const negative = Math.min(ttl, 300);
    const soa = `${primary}. postmaster.${name}. ${SERIAL} 3600 600 1209600 ${negative}`;
    const body = (byZone.get(name) ?? []).map((record) => lines(record, name, ttl));
    return {
      name,
      text: `${owned("nameserver", ";")}$ORIGIN ${name}.\n$TTL ${ttl}\n${"@".padEnd(30)} IN SOA   ${soa}\n${body.join("")}`,
    };
  });
}

/** Items by a key, each group in the order of the items. */
function groupBy<T, K>(items: readonly T[], keyOf: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}
