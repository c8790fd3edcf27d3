/** Where an instance finds the services that it uses. */
import type { AnyRole, Choice, Use } from "../roles/define";
import { type HostSpec, hostsWith, type SiteSpec } from "../site";
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

function targetsOf(site: SiteSpec, from: HostSpec, { roles, port, choice }: Use): PlannedUse["targets"] {
  const role = roles.find((one) => hostsWith(site, one).length > 0);
  const number = role === undefined ? undefined : port[role];
  if (role === undefined || number === undefined) return [];
  const name = choice === "by name" ? publicNames(site).find((one) => one.role === role)?.name : undefined;
  return ordered(hostsWith(site, role), from, choice).map((target) => ({
    instance: `${role}-${target.name}`,
    address: name ?? (target.name === from.name ? "127.0.0.1" : target.address),
    port: number,
  }));
}

/** Candidates in the order in which they are tried. */
function ordered(candidates: HostSpec[], from: HostSpec, choice: Choice): HostSpec[] {
  const local = candidates.filter(({ name }) => name === from.name);
  if (choice === "local") return local;
  if (choice !== "local first") return candidates;
  return [...local, ...candidates.filter(({ name }) => name !== from.name)];
}
