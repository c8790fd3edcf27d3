/** OVH's own zones: its name servers, its storage, and the reverse zones of its customers' addresses. */
import { reverseZones } from "../net1/ovh";
import { ipv4, ipv6, OVH_NAMESERVERS, OVH_STORAGE } from "../plan";

const SOA = "@ 60 IN SOA dns.ovh.example. tech.ovh.example. 1 60 60 86400 5";
const NS = Object.keys(OVH_NAMESERVERS).map((name) => `@ 60 IN NS ${name}.`);

const file = (zone: string, records: string[]): string =>
  [`$ORIGIN ${zone}.`, "$TTL 60", SOA, ...NS, ...records, ""].join("\n");

function ovhZone(): string {
  const hosts = { ...OVH_NAMESERVERS, [OVH_STORAGE]: OVH_NAMESERVERS["dns.ovh.example"] };
  const addresses = Object.entries(hosts).flatMap(([name, number]) => [
    `${name}. IN A ${ipv4(number)}`,
    `${name}. IN AAAA ${ipv6(number)}`,
  ]);
  return file("ovh.example", addresses);
}

/** The reverse zone of one address, with the name that it has, if any. */
export const reverseZoneFile = (zone: string, name: string | undefined): string =>
  file(zone, name === undefined ? [] : [`@ 60 IN PTR ${name}.`]);

/** The zones that a new ovh1 serves, before anybody has told it anything. */
export const firstZones = (): Record<string, string> => ({
  "ovh.example": ovhZone(),
  ...Object.fromEntries(Object.keys(reverseZones()).map((zone) => [zone, reverseZoneFile(zone, undefined)])),
});
