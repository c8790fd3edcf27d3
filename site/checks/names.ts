/** One name, one meaning: two things that claim one name in DNS are told apart here, before either is published. */
import { hostsWith } from "../facts";
import { type Path, several } from "../problems";
import { type ServiceName, serviceNamesOf } from "../roles";
import { type Check, type Checked, hostsOf } from "./checked";

/** Somebody who wants a name. */
interface Claim {
  name: string;
  /** Who, for messages: "the host mail1". */
  what: string;
  kind: "host" | "address" | "service" | "webmail" | "domain";
  /** Names of the hosts that the name leads to. */
  hosts: string[];
  role?: string;
  at: Path;
}

/** So many claims of one name are compared with the next; more of them are a mistake that others speak of. */
const COMPARED = 10;

function serviceClaim({ name, role, domain }: ServiceName, hosts: string[], places: Map<string, Path>): Claim[] {
  if (hosts.length === 0) return [];
  if (domain === undefined)
    return [{ name, what: "the webmail", kind: "webmail", hosts, role, at: ["webmail", "name"] }];
  const at = places.get(domain);
  const what = `a service of ${domain} on ${several(hosts)}`;
  return at === undefined ? [] : [{ name, what, kind: "service", hosts, role, at }];
}

/** All claims, those that are hardest to change first. */
function claims(checked: Checked): Claim[] {
  const places = new Map((checked.draft.domains ?? []).map(({ key, at }) => [key, at]));
  const hostsOfRole = new Map(
    checked.roles.map(({ name }) => [name, hostsWith(checked.site, name).map((host) => host.name)]),
  );
  const present = hostsOf(checked)
    .map(({ host, at }, index) => ({
      host,
      at,
      additional: checked.draft.hosts?.[index]?.value.ovh?.additionalIps ?? [],
    }))
    .filter(({ host }) => !host.lost);
  return [
    ...present.map(
      ({ host, at }): Claim => ({
        name: host.hostname,
        what: `the host ${host.name}`,
        kind: "host",
        hosts: [host.name],
        at: [...at, "hostname"],
      }),
    ),
    ...serviceNamesOf(checked.site, checked.roles).flatMap((service) =>
      serviceClaim(service, hostsOfRole.get(service.role) ?? [], places),
    ),
    ...[...places].map(([name, at]): Claim => ({ name, what: `the domain ${name}`, kind: "domain", hosts: [], at })),
    ...present.flatMap(({ host, additional }) =>
      additional.map(
        ({ at, value: { name = "", address } }): Claim => ({
          name,
          what: `the additional address ${address} of ${host.name}`,
          kind: "address",
          hosts: [host.name],
          at: [...at, "name"],
        }),
      ),
    ),
  ];
}

/** Whether one name may be both. */
function agree(a: Claim, b: Claim): boolean {
  const same = a.hosts.join() === b.hosts.join();
  const kinds = [a.kind, b.kind].sort().join("+");
  switch (kinds) {
    // The first is spoken of by the rule about hosts; a domain may be the name of a host, or of the webmail.
    case "host+host":
    case "domain+host":
    case "domain+webmail":
      return true;
    // IPv4 and IPv6 of one thing; a host that has all the roles may be called after one of them.
    case "address+address":
    case "host+service":
    case "host+webmail":
      return same;
    // One host answers as IMAP and as SMTP server, but two web sites cannot share a name.
    case "service+service":
    case "service+webmail":
      return same && a.role !== b.role;
    default:
      return false;
  }
}

const once: Check = {
  rule:
    "A name in DNS has one meaning: hostnames, service names (`imap.`, `smtp.` of the first domain; `mta-sts.`, `autoconfig.`, " +
    "`autodiscover.` of every domain), the webmail, domains and additional addresses do not claim each other's.",
  run(checked) {
    const first = new Map<string, Claim[]>();
    for (const claim of claims(checked)) {
      if (claim.name === "") continue;
      const known = first.get(claim.name) ?? [];
      const other = known.find((candidate) => !agree(candidate, claim));
      if (known.length < COMPARED) first.set(claim.name, [...known, claim]);
      if (other === undefined) continue;
      checked.problems.add(claim.at, () => ({
        message: `${claim.name} is claimed twice: by ${other.what} (line ${checked.problems.lineOf(other.at)}) and by ${claim.what}`,
        given: claim.name,
        allowed: "every name for one thing",
        hint: "give one of the two another name",
        onKey: claim.kind === "domain" || claim.kind === "service",
      }));
    }
  },
};

export const NAME_CHECKS: readonly Check[] = [once];
