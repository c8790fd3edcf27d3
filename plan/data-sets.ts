/** What hosts keep, under names that outlive them. */
import { isPrecious } from "../roles/derived";
import { type HostSpec, hostsWith, presentHosts, type SiteSpec } from "../site";
import { rolesOn } from "./placement";
import type { DataSet } from "./types";

/** Name of a host's data: that of the first host that had it, so that its backups can be read by the one that replaces it. */
export function dataSetOf(site: SiteSpec): (host: HostSpec) => string {
  const byName = new Map(site.hosts.map((host) => [host.name, host]));
  const nameOf = ({ name, replaces }: HostSpec): string => {
    if (replaces === undefined) return name;
    const before = byName.get(replaces);
    return before ? nameOf(before) : replaces;
  };
  return nameOf;
}

/** Hosts with something on them that no rebuild brings back. */
export const backupClients = (site: SiteSpec): HostSpec[] =>
  presentHosts(site).filter((host) => rolesOn(site, host).some(isPrecious));

/** Hosts that backups go to. */
export const backupTargets = (site: SiteSpec): HostSpec[] =>
  hostsWith(site, "backup").filter(({ name }) => site.backups?.targets.includes(name));

export function dataSetsOf(site: SiteSpec): DataSet[] {
  const nameOf = dataSetOf(site);
  const clients = new Set(backupClients(site));
  const targets = backupTargets(site).map(({ name }) => name);
  return presentHosts(site).flatMap((host) => {
    const parts = rolesOn(site, host).flatMap(({ name: role, data }) =>
      data.map(({ path, what, backup, loss }) => ({ role, path, what, backup, loss })),
    );
    return parts.length === 0
      ? []
      : [{ name: nameOf(host), host: host.name, parts, targets: clients.has(host) ? targets : [] }];
  });
}
