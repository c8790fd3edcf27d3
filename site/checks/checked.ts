/** What checks look at, and what several of them ask of it. */
import { presentHosts } from "../facts";
import { formatPath, type Path, type Problems, several } from "../problems";
import type { RoleRule } from "../roles";
import type { SiteDraft } from "../schema/site";
import { didYouMean } from "../suggest";
import type { DomainSpec, HostSpec, RoleName, SiteSpec } from "../types";

/** What a check looks at. Where something was refused, it is missing or empty here. */
export interface Checked {
  /** The file as written, with places. */
  draft: SiteDraft;
  /** The same with all defaults; hosts, domains, mailboxes and groups in the same order. */
  site: SiteSpec;
  problems: Problems;
  /** The roles that there are. */
  roles: readonly RoleRule[];
  /** Paths of what the schema refused: checks need not speak of what follows from it. */
  refused: readonly string[];
  /** Folder of the site file. */
  directory: string;
}

/** One rule. */
export interface Check {
  /** The rule, one sentence. */
  rule: string;
  run(checked: Checked): void;
}

/** Hosts with the place they are written at. */
export function hostsOf({ draft, site }: Checked): { host: HostSpec; at: Path }[] {
  return (draft.hosts ?? []).map(({ at }, index) => ({ host: site.hosts[index] as HostSpec, at }));
}

/** Hosts of a role that are there, with the place they are written at. */
export function holders(checked: Checked, role: RoleName): { host: HostSpec; at: Path }[] {
  return hostsOf(checked).filter(({ host }) => !host.lost && host.roles.includes(role));
}

/** A refused role may be the one that is missed: nothing is said about missing roles while one is unreadable. */
export function rolesReadable({ draft, refused }: Checked): boolean {
  return (draft.hosts ?? []).length > 0 && !refused.some((path) => /^hosts([.[][^.[]*)?(\.roles.*)?$/.test(path));
}

/** Whether the schema refused a value, or one inside it: what would follow from that needs no words. */
export function isRefused({ refused }: Checked, at: Path): boolean {
  const path = formatPath(at);
  return refused.some((other) => other === path || other.startsWith(`${path}.`) || other.startsWith(`${path}[`));
}

/** Domains that certainly have mail: one whose `mail` was refused may be meant to have none. */
export function mailDomains({ draft, site, refused }: Checked): { domain: DomainSpec; at: Path }[] {
  return (draft.domains ?? [])
    .map(({ at }, index) => ({ domain: site.domains[index] as DomainSpec, at }))
    .filter(({ domain, at }) => domain.mail && !refused.includes(formatPath([...at, "mail"])));
}

const hostsByName = new WeakMap<SiteSpec, Map<string, HostSpec>>();

/** Hosts by their names: there may be as many references as hosts. */
function byName(site: SiteSpec): Map<string, HostSpec> {
  const known = hostsByName.get(site) ?? new Map([...site.hosts].reverse().map((host) => [host.name, host]));
  hostsByName.set(site, known);
  return known;
}

/** The host of that name; reports a name that is no host of the site, or a host that is lost. */
export function presentHost({ site, problems }: Checked, name: string, at: Path): HostSpec | undefined {
  const host = byName(site).get(name);
  if (host && !host.lost) return host;
  problems.add(at, () => {
    const names = presentHosts(site).map((candidate) => candidate.name);
    return {
      message: host ? `${name} is lost` : `there is no host "${name}"`,
      allowed: several(names) || "a host of this file",
      hint: host ? "name another host" : didYouMean(name, names, "declare it under hosts, or name one that is there"),
    };
  });
  return undefined;
}
