/** What OVH's customer in the lab owns, and where the services are among the lab's hosts. */
import { reverseZones } from "../net1/ovh";
import { ipv4, ipv6, type LabHost, OVH_ADDITIONAL, OVH_DOMAINS, OVH_NAMESERVERS, OVH_SERVERS } from "../plan";
import type { Account } from "./account";
import { contains } from "./addresses";

/** Name of a server as a service of OVH: its hostname until somebody gives it another. */
export const serviceName = (host: LabHost): string => host.hostname;

/** The additional block, which leads to the first server at the beginning. */
export const ADDITIONAL_BLOCK = `${ipv4(OVH_ADDITIONAL)}/32`;

/** The host behind a service. */
export function hostOf(service: string): LabHost {
  const host = OVH_SERVERS.find((candidate) => serviceName(candidate) === service);
  if (!host) throw new Error(`the lab has no host for the service ${service}`);
  return host;
}

/** The reverse zone of an address. */
export function reverseZone(address: string): string {
  const found = Object.entries(reverseZones()).find(([, own]) => contains(own, address));
  if (!found) throw new Error(`the lab has no reverse zone for ${address}`);
  return found[0];
}

export const labAccount = (): Account => ({
  nameServers: Object.keys(OVH_NAMESERVERS),
  zones: Object.fromEntries(OVH_DOMAINS.map((domain) => [domain, []])),
  servers: Object.fromEntries(
    OVH_SERVERS.map((host) => [serviceName(host), { ip: ipv4(host.number), ipv6: `${ipv6(host.number)}/128` }]),
  ),
  additionalIps: { [ADDITIONAL_BLOCK]: OVH_SERVERS[0] && serviceName(OVH_SERVERS[0]) },
  vracks: ["pn-66"],
  nashas: { "zpool-66": { ip: "10.66.0.49", zpoolSize: 1000 } },
  projects: { a66a66a66a66a66a66a66a66a66a66a6: ["GRA", "SBG"] },
});
