/** Rules about roles: what mail needs is there, and on no more hosts than this version can handle. */
import { presentHosts } from "../facts";
import { several } from "../problems";
import type { RoleRule } from "../roles";
import type { RoleName } from "../types";
import { type Check, holders, hostsOf, mailDomains, rolesReadable } from "./checked";

const needed: Check = {
  rule: "Domains with mail need hosts with `mx`, `relay` and `mailstore`; without `submission` nobody can send (a warning).",
  run(checked) {
    const { site, problems } = checked;
    const domains = mailDomains(checked).map(({ domain }) => domain);
    if (domains.length === 0 || !rolesReadable(checked)) return;
    const stored = domains.some((domain) => domain.transport === undefined);
    const wanted: [RoleName, string][] = [
      ["mx", "nothing takes its mail from the world"],
      ["relay", "nothing resolves its aliases and delivers its mail"],
      ...(stored ? [["mailstore", "nothing keeps its mail"] as [RoleName, string]] : []),
    ];
    const complain = (role: RoleName, why: string, severity: "error" | "warning") =>
      problems.add(["hosts"], {
        message: `no host has the role ${role}: ${why}`,
        given: several(
          site.hosts.map((host) => `${host.name}: [${host.roles.join(", ")}]`),
          "; ",
        ),
        allowed: `the role ${role} on a host, as ${domains[0]?.name} has mail`,
        hint: `add ${role} to the roles of a host, or write \`mail: false\` for domains without mail`,
        severity,
        onKey: true,
      });
    for (const [role, why] of wanted) if (holders(checked, role).length === 0) complain(role, why, "error");
    if (holders(checked, "submission").length === 0) complain("submission", "nobody can send mail", "warning");
  },
};

const served = (roles: readonly RoleRule[]): Check => ({
  rule: `A role finds what it needs on a host of the site: ${needsInWords(roles)}.`,
  run(checked) {
    if (!rolesReadable(checked)) return;
    const hasMail = mailDomains(checked).some(({ domain }) => domain.transport === undefined);
    const held = new Set(presentHosts(checked.site).flatMap((host) => host.roles));
    const needsOf = new Map(roles.map(({ name, needs }) => [name, needs]));
    for (const { host, at } of hostsOf(checked)) {
      for (const role of host.lost ? [] : host.roles) {
        for (const { role: need, why } of needsOf.get(role) ?? []) {
          // What mail itself needs was said above already.
          if (held.has(need) || (hasMail && need !== "submission")) continue;
          checked.problems.add([...at, "roles"], {
            message: `the role ${role} needs a host with the role ${need}: ${why}`,
            allowed: `${role} together with ${need}, here or on another host`,
            hint: `add ${need} to the roles of a host, or remove ${role}`,
          });
        }
      }
    }
  },
});

const needsInWords = (roles: readonly RoleRule[]): string =>
  roles
    .filter(({ needs }) => needs.length > 0)
    .map(({ name, needs }) => `${name} ${needs.map(({ role }) => role).join(" and ")}`)
    .join("; ");

const namesOf = (roles: readonly RoleRule[]): string => roles.map(({ name }) => name).join(", ");

const single = (roles: readonly RoleRule[]): Check => ({
  rule: `Only ${namesOf(roles.filter(({ several }) => several))} may be on several hosts in this version; all other roles are on one.`,
  run(checked) {
    const plural = namesOf(roles.filter(({ several }) => several));
    for (const { name: role } of roles.filter(({ several }) => !several)) {
      const [first, ...others] = hostsOf(checked)
        .map((each, index) => ({ ...each, written: checked.draft.hosts?.[index]?.value.roles }))
        .filter(({ host }) => !host.lost && host.roles.includes(role));
      for (const { at, written } of others) {
        checked.problems.add(written?.find(({ value }) => value === role)?.at ?? [...at, "roles"], {
          message: `${role} on more than one host is not supported yet; ${first?.host.name} has it already`,
          allowed: `${role} on one host; ${plural} on several`,
          hint: `remove ${role} here or at ${first?.host.name}; mark a host that is gone as \`lost: true\``,
        });
      }
    }
  },
});

export const roleChecks = (roles: readonly RoleRule[]): readonly Check[] => [needed, served(roles), single(roles)];
