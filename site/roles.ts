/**
 * What the rules of a site file must know of roles. The roles themselves are declared elsewhere (roles/); whoever reads a site
 * file brings them along.
 */
import type { RoleName, SiteSpec } from "./types";

/** A name under which every host of a role answers. */
export interface ServiceName {
  name: string;
  role: RoleName;
  /** The domain that it is derived from; absent where the file names it. */
  domain?: string;
}

/** One role that a site file may name. */
export interface RoleRule {
  name: RoleName;
  /** Roles that it cannot do without, and why. */
  needs: readonly { role: RoleName; why: string }[];
  /** Roles that bring it along to their host. */
  impliedBy: readonly RoleName[];
  /** Whether this version takes it on more than one host. */
  several: boolean;
  /** Its public names, whether or not a host has it. */
  names(site: SiteSpec): ServiceName[];
}

/** All public names of a site, in the order of its roles. */
export function serviceNamesOf(site: SiteSpec, roles: readonly RoleRule[]): ServiceName[] {
  return roles.flatMap((role) => role.names(site));
}
