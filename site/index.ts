/**
 * The site specification: one YAML file -> {@link SiteSpec}, typed, with all defaults, or all its errors at once.
 *
 * yaml/ gives every value its place, schema/ says what may stand in the file, checks/ what must hold between its values.
 */
import type { HostSpec, RoleName, SiteSpec } from "./types";

export { loadSite, readSite, type SiteReading } from "./load";
export { count, formatProblem, type Problem, SiteFileError } from "./problems";
export * from "./types";

/** Hosts that have a role and are there, in the order of the file. Hosts that are `lost` serve nothing. */
export function hostsWith(site: SiteSpec, role: RoleName): HostSpec[] {
  return site.hosts.filter((candidate) => candidate.roles.includes(role) && !candidate.lost);
}

/** The host of that name. A validated site only names hosts that exist; anything else is a mistake in the program. */
export function host(site: SiteSpec, name: string): HostSpec {
  const found = site.hosts.find((candidate) => candidate.name === name);
  if (found !== undefined) return found;
  const names = site.hosts.map((candidate) => candidate.name).join(", ");
  throw new Error(`the site ${site.site} has no host "${name}"; it has ${names}`);
}

/** The site's own domain, the first in the file: hosts and services are named in it. */
export function primaryDomain(site: SiteSpec): string {
  return site.domains[0]?.name ?? "";
}
