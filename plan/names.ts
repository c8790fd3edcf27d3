/** The public names of a site, and which hosts stand behind them: DNS, certificates and the picture agree here. */
import { REGISTRY } from "../roles";
import { type HostSpec, hostsWith, type SiteSpec, serviceNamesOf } from "../site";
import type { PublicName } from "./types";

/** What the rules of the site file know of roles. */
export const RULES = REGISTRY.flatMap(({ rule }) => rule ?? []);

/** Every public name that some host answers for. Names of hosts themselves are not among them. */
export function publicNames(site: SiteSpec): (Omit<PublicName, "hosts"> & { hosts: HostSpec[] })[] {
  return serviceNamesOf(site, RULES)
    .map(({ name, role }) => ({ name, role, hosts: hostsWith(site, role) }))
    .filter(({ hosts }) => hosts.length > 0);
}

/** Names that the certificate of each host carries, its own first. */
export function certificateNames(site: SiteSpec): (host: HostSpec) => string[] {
  const names = publicNames(site);
  return (host) => {
    const served = names.filter(({ role }) => host.roles.includes(role)).map(({ name }) => name);
    return [...new Set([host.hostname, ...served])];
  };
}
