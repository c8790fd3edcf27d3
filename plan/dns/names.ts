/** The public names of the site, and which hosts stand behind them: DNS, certificates and autoconfig agree here. */
import { hostsWith } from "../../site/facts";
import { siteServiceNames } from "../../site/service-names";
import type { HostSpec, RoleName, SiteSpec } from "../../site/types";

/** Every service name that some host answers for, with those hosts. Names of hosts themselves are not among them. */
export function serviceNames(site: SiteSpec): { name: string; role: RoleName; hosts: HostSpec[] }[] {
  return siteServiceNames(site)
    .map(({ name, role }) => ({ name, role, hosts: hostsWith(site, role) }))
    .filter((service) => service.hosts.length > 0);
}

/** Names that a host's certificate carries, its own first. */
export function certificateNames(site: SiteSpec, host: HostSpec): string[] {
  const served = serviceNames(site).filter((service) => host.roles.includes(service.role));
  return [...new Set([host.hostname, ...served.map((service) => service.name)])];
}

/** Names that clients are told to connect to. */
export function clientNames(site: SiteSpec): { imap: string; smtp: string; webmail: string } {
  const primary = site.domains[0]?.name ?? "invalid";
  return { imap: `imap.${primary}`, smtp: `smtp.${primary}`, webmail: site.webmail.name };
}
