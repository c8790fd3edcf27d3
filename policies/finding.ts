/** What all policies share: they are pure functions from the inputs of resources to findings. */
import type { RoleInputs } from "../provider/manifest";

/** Type of the resource that is one role on one host. */
export const ROLE_TYPE = "postfleet:host:Role";

/** A role as a policy sees it. Everything may be missing: a policy must not fail on what another check refuses. */
export type Role = Partial<Omit<RoleInputs, "host">> & { host?: Partial<RoleInputs["host"]> };

/** `mx on mail1`, for messages. */
export function roleName(role: Role): string {
  return `${role.role ?? "a role"} on ${role.host?.name ?? "a host"}`;
}
