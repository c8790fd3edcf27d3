/** Where an instance finds the services that it uses. */
import type { AnyRole, Choice, Endpoint, Use } from "../roles/define";
import { linkAddress } from "../roles/shared/link";
import { type HostSpec, hostsWith, type RoleName, type SiteSpec } from "../site";
import { publicNames } from "./names";
import type { PlannedUse } from "./types";

/** All uses of a role on one host. */
export function usesOf(site: SiteSpec, host: HostSpec, role: AnyRole): PlannedUse[] {
  return Object.entries(role.uses ?? {}).map(([use, declared]) => ({
    use,
    choice: declared.choice,
    targets: targetsOf(site, host, declared),
  }));
}

/** A place at which one or several instances answer: behind a name there may be several. */
export interface Place extends Endpoint {
  instances: string[];
}

/** Where a use leads, each place once, in the order in which they are tried. */
export function placesOf({ targets }: Pick<PlannedUse, "targets">): Place[] {
  const places = new Map<string, Place>();
  for (const { instance, address, port } of targets) {
    const key = `${address} ${port}`;
    const known = places.get(key);
    if (known) known.instances.push(instance);
    else places.set(key, { address, port, instances: [instance] });
  }
  return [...places.values()];
}

/** The endpoints of an instance, as its role is told of them. */
export const endpointsOf = (uses: readonly PlannedUse[]): Record<string, Endpoint[]> =>
  Object.fromEntries(
    uses.map((use) => [use.use, placesOf(use).map(({ address, port }): Endpoint => ({ address, port }))]),
  );

/** The role that serves a use on this site. */
export const servingRole = (site: SiteSpec, { roles }: Use): RoleName | undefined =>
  roles.find((one) => hostsWith(site, one).length > 0);

function targetsOf(site: SiteSpec, from: HostSpec, use: Use): PlannedUse["targets"] {
  const { port, choice } = use;
  const role = servingRole(site, use);
  const number = role === undefined ? undefined : port[role];
  if (role === undefined || number === undefined) return [];
  const name = choice === "by name" ? nameOf(site, role) : undefined;
  return ordered(hostsWith(site, role), from, choice).map((target) => ({
    instance: `${role}-${target.name}`,
    address: name ?? (target.name === from.name ? "127.0.0.1" : linkAddress(site, target)),
    port: number,
  }));
}

function nameOf(site: SiteSpec, role: RoleName): string {
  const found = publicNames(site).find((one) => one.role === role);
  if (found) return found.name;
  throw new Error(
    `internal error: ${role} is used by name, and has no public name\nhint: see \`names\` in roles/define.ts`,
  );
}

/** Candidates in the order in which they are tried. */
function ordered(candidates: HostSpec[], from: HostSpec, choice: Choice): HostSpec[] {
  const local = candidates.filter(({ name }) => name === from.name);
  if (choice === "local") return local;
  if (choice !== "local first") return candidates;
  return [...local, ...candidates.filter(({ name }) => name !== from.name)];
}
