/** Which hosts of a site exchange what no public name carries: their roles turn to one another by the link (roles/link). */
import { REGISTRY } from "../roles";
import { type HostSpec, hostsWith, presentHosts, type SiteSpec } from "../site";
import { servingRole } from "./endpoints";

/** Hosts that are there and exchange something with this one, in the order of the file. A host that exchanges nothing has none. */
export const peersOf = (site: SiteSpec, host: HostSpec): HostSpec[] =>
  host.lost
    ? []
    : presentHosts(site).filter(
        (other) => other.name !== host.name && (turnsTo(site, host, other) || turnsTo(site, other, host)),
      );

/**
 * Whether a host is part of the link. A lost one is, if it was: its role stays in the program, so that nobody contacts the host
 * to remove it. What took its place meanwhile was not there then.
 */
export function exchanges(site: SiteSpec, host: HostSpec): boolean {
  if (!host.lost) return peersOf(site, host).length > 0;
  const single = REGISTRY.filter(({ name, hosts }) => !hosts.several && host.roles.some((role) => role === name));
  const before = site.hosts
    .filter(
      (other) => other.name === host.name || !single.some(({ name }) => other.roles.some((role) => role === name)),
    )
    .map((other) => ({ ...other, lost: false }));
  return peersOf({ ...site, hosts: before }, { ...host, lost: false }).length > 0;
}

/** Whether a role of one host turns to one of another by its address. */
function turnsTo(site: SiteSpec, from: HostSpec, to: HostSpec): boolean {
  const written = REGISTRY.filter(({ name }) => from.roles.some((role) => role === name));
  // Those that come by themselves turn to others too; the link itself is what is to be found out.
  const here = REGISTRY.filter(
    (role) => role.implied?.({ site, roles: written, exchanges: false }) ?? written.includes(role),
  );
  const uses = here.flatMap(({ uses = {} }) => Object.values(uses));
  return uses.some((use) => {
    if (use.choice === "by name" || use.choice === "local") return false;
    const role = servingRole(site, use);
    return role !== undefined && hostsWith(site, role).some(({ name }) => name === to.name);
  });
}
