/** The public names of the site, and which hosts stand behind them: DNS, certificates and autoconfig agree here. */
import type { HostSpec, RoleName, SiteSpec } from "../../site/types";

/** Name -> roles of which every host answers under it. */
function services(site: SiteSpec): { name: string; role: RoleName }[] {
  const primary = site.domains[0]?.name;
  if (primary === undefined) return [];
  const mail = site.domains.filter((domain) => domain.mail);
  return [
    { name: `imap.${primary}`, role: "mailstore" },
    { name: `smtp.${primary}`, role: "submission" },
    { name: site.webmail.name, role: "webmail" },
    ...mail.flatMap(({ name }) =>
      ["mta-sts", "autoconfig", "autodiscover"].map((label) => ({
        name: `${label}.${name}`,
        role: "webmail" as const,
      })),
    ),
  ];
}

/** Hosts of a role that are not lost. */
export function hostsOf(site: SiteSpec, role: RoleName): HostSpec[] {
  return site.hosts.filter((host) => host.roles.includes(role) && !host.lost);
}

/** Every service name that some host answers for, with those hosts. Names of hosts themselves are not among them. */
export function serviceNames(site: SiteSpec): { name: string; role: RoleName; hosts: HostSpec[] }[] {
  return services(site)
    .map((service) => ({ ...service, hosts: hostsOf(site, service.role) }))
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
