/** What follows from a specification without further thought. */
import type { DomainSpec, HostSpec, RoleName, SiteSpec } from "./types";

/** Hosts that are there. A `lost` one serves nothing, and may have left its very name to the host that replaces it. */
export function presentHosts(site: SiteSpec): HostSpec[] {
  return site.hosts.filter((candidate) => !candidate.lost);
}

/** Hosts that have a role and are there, in the order of the file. */
export function hostsWith(site: SiteSpec, role: RoleName): HostSpec[] {
  return presentHosts(site).filter((candidate) => candidate.roles.includes(role));
}

/** The host of that name. A validated site only names hosts that exist; anything else is a mistake in the program. */
export function host(site: SiteSpec, name: string): HostSpec {
  const found = site.hosts.find((candidate) => candidate.name === name);
  if (found !== undefined) return found;
  const names = site.hosts.map((candidate) => candidate.name).join(", ");
  throw new Error(`the site ${site.site} has no host "${name}"; it has ${names}`);
}

/** IPv4 and IPv6 addresses of hosts, each host's beside each other; additional addresses are not among them. */
export function addressesOf(hosts: readonly HostSpec[]): string[] {
  return hosts.flatMap(({ address, address6 }) => (address6 === undefined ? [address] : [address, address6]));
}

/** The site's own domain, the first in the file: hosts and services are named in it. */
export function primaryDomain(site: SiteSpec): string {
  return site.domains[0]?.name ?? "";
}

/** Whether hosts of the site serve its zones whole, so that also their apex is ours to speak for. */
export const servesOwnZones = (site: SiteSpec): boolean =>
  site.dns.provider === "powerdns" && site.dns.api === undefined;

/** The domain of an address, in lower case. */
export const domainOf = (address: string): string => address.slice(address.lastIndexOf("@") + 1).toLowerCase();

/** Domains that send and take mail. */
export const mailDomainsOf = (site: SiteSpec): DomainSpec[] => site.domains.filter(({ mail }) => mail);

/** Local parts that every mail domain has: RFC 5321 section 4.5.1 and RFC 2142 section 4. */
export const REQUIRED_LOCAL_PARTS: readonly string[] = ["postmaster", "abuse"];

/** Whom the servers themselves write to, and where the required addresses lead that a domain does not declare. */
export const postmaster = (site: SiteSpec): string =>
  `postmaster@${mailDomainsOf(site)[0]?.name ?? primaryDomain(site)}`;
