/** Which roles are on a host: those that the site file names, and those that follow from them. */
import { type HostSpec, hostsWith, type RoleName, type SiteSpec } from "../site";
import { type PlatformRole, rolloutOrder } from "./rollout";

const TLS_ROLES: readonly RoleName[] = ["mx", "submission", "relay", "mailstore", "webmail"];
const DATA_ROLES: readonly RoleName[] = ["mailstore", "filter", "webmail", "nameserver", "relay"];

/** Hosts that need a certificate. */
export function servesTls(host: HostSpec): boolean {
  return host.roles.some((role) => TLS_ROLES.includes(role));
}

/** Hosts with something on them that no rebuild brings back. */
export function holdsData(host: HostSpec): boolean {
  return host.roles.some((role) => DATA_ROLES.includes(role));
}

/** Every role on a host, in the order in which they come up. */
export function rolesOf(site: SiteSpec, host: HostSpec): PlatformRole[] {
  const wanted: Record<string, boolean> = {
    host: true,
    certificates: servesTls(host),
    "backup-client": site.backups !== undefined && hostsWith(site, "backup").length > 0 && holdsData(host),
  };
  return rolloutOrder().filter((role) => wanted[role] ?? host.roles.some((named) => named === role));
}
