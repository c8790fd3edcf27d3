/** Rules about hosts: every one is itself, can be reached, and shows a key that is known. */

import { presentHosts } from "../facts";
import { type Path, several } from "../problems";
import type { HostSpec } from "../types";
import { type Check, hostsOf, isRefused, presentHost, rolesReadable } from "./checked";

const unique: Check = {
  rule: "An address, an IPv6 address and a hostname belong to one host only. Hosts that are `lost` do not count.",
  run(checked) {
    for (const field of ["address", "address6", "hostname"] as const) {
      const first = new Map<string, { host: HostSpec; at: Path }>();
      for (const { host, at } of hostsOf(checked)) {
        const value = host[field];
        if (host.lost || value === undefined || value === "") continue;
        const other = first.get(value);
        if (other === undefined) first.set(value, { host, at });
        else {
          const { problems } = checked;
          problems.add([...at, field], {
            message: `the ${field} of ${other.host.name} (line ${problems.lineOf([...other.at, field])}) is used again`,
            given: value,
            allowed: `a ${field} of its own for every host`,
            hint: `correct one of the two, or mark ${other.host.name} as \`lost: true\` if this host replaces it`,
          });
        }
      }
    }
  },
};

const jumps: Check = {
  rule: "`jump` names another host of the site that is not `lost`, and jumps do not go in circles.",
  run(checked) {
    const { problems, site } = checked;
    const hosts = hostsOf(checked).filter(
      ({ host, at }) => host.jump !== undefined && presentHost(checked, host.jump, [...at, "jump"]),
    );
    const order = new Map(hosts.map(({ host }, index) => [host.name, index]));
    const jumpOf = new Map(site.hosts.map((host) => [host.name, host.jump]));
    const done = new Set<string>();
    for (const { host } of hosts) {
      const seen = new Set<string>();
      let here: string | undefined = host.name;
      while (here !== undefined && !seen.has(here) && !done.has(here)) {
        seen.add(here);
        here = jumpOf.get(here);
      }
      for (const name of seen) done.add(name);
      if (here === undefined || !seen.has(here)) continue;
      // Only whoever is part of the circle is told, the first of them in the file.
      const names = [...seen];
      const circle = names.slice(names.indexOf(here)).map((name) => order.get(name) ?? -1);
      if (circle.includes(-1)) continue;
      const start = circle.indexOf(circle.reduce((least, index) => Math.min(least, index)));
      const way = [...circle.slice(start), ...circle.slice(0, start + 1)];
      const { at } = hosts[way[0] ?? 0] as (typeof hosts)[number];
      problems.add([...at, "jump"], {
        message: `the jumps go in a circle: ${several(
          way.map((index) => hosts[index]?.host.name ?? ""),
          " -> ",
        )}`,
        allowed: "a way that begins at a host without `jump`",
        hint: "remove the jump of the host that can be reached directly",
      });
    }
  },
};

/** Whether an installation brings the host's key: Postfleet makes it, or believes the one that a fresh VPS shows. */
const keyComesLater = ({ ovh }: HostSpec): boolean =>
  ovh?.install?.reinstall !== undefined && (ovh.product === "server" || ovh.install.trustFirstContact);

const pinned: Check = {
  rule:
    "Every host has a pinned host key, in `ssh.knownHosts` or its own `hostKeys`; only a host at OVH with " +
    "`install.reinstall` gets its key by that (a VPS with `trustFirstContact`).",
  run(checked) {
    const { problems, draft } = checked;
    const file = draft.ssh.knownHosts;
    for (const { host, at } of hostsOf(checked)) {
      if (host.lost || host.hostKeys.length > 0 || host.address === "" || keyComesLater(host)) continue;
      const port = host.sshPort === 22 ? "" : ` -p ${host.sshPort}`;
      const into = file === undefined ? "a file named by ssh.knownHosts" : file;
      if (host.ovh?.install !== undefined) {
        if (isRefused(checked, [...at, "ovh", "install", "reinstall"])) continue;
        const vps = host.ovh.product === "vps";
        problems.add([...at, "ovh", "install"], {
          message: "no pinned host key, and no installation that would bring one",
          allowed: `hostKeys, or \`reinstall\`${vps ? " and `trustFirstContact: true`" : ""}`,
          hint: vps
            ? "to install it write `reinstall:` with today's date, and `trustFirstContact: true` to believe its new key once"
            : "to install it write `reinstall:` with today's date; to take it over as it is pin its key in hostKeys",
        });
        continue;
      }
      problems.add(at, {
        message: "no pinned host key: a host is never trusted on first sight",
        given: file === undefined ? "(no ssh.knownHosts, no hostKeys)" : `no line for ${host.address} in ${file}`,
        allowed: "at least one public host key",
        hint:
          `run \`ssh-keyscan -t ed25519${port} ${host.address} >> FILE\` into ${into}, and compare its fingerprint with ` +
          "`ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub` on the host's console",
      });
    }
  },
};

const preferences: Check = {
  rule: "`mxPreference` without the role mx has no effect (a warning).",
  run(checked) {
    for (const { host, at } of hostsOf(checked)) {
      if (host.mxPreference === undefined || host.lost || host.roles.includes("mx") || !rolesReadable(checked))
        continue;
      checked.problems.add([...at, "mxPreference"], {
        message: "the host takes no mail from the world: its preference is said nowhere",
        allowed: "mxPreference together with the role mx",
        hint: "add mx to its roles, or remove mxPreference",
        severity: "warning",
      });
    }
  },
};

const replacements: Check = {
  rule: "`replaces` names a host that is `lost`, or not in the file any more; each is replaced by one host at most.",
  run(checked) {
    const taken = new Map<string, string>();
    const present = new Set(presentHosts(checked.site).map(({ name }) => name));
    for (const { host, at } of hostsOf(checked)) {
      const { replaces } = host;
      if (replaces === undefined) continue;
      const refuse = (message: string, hint: string) =>
        checked.problems.add([...at, "replaces"], { message, allowed: "the name of a host that is gone", hint });
      const other = taken.get(replaces);
      if (replaces === host.name) refuse("a host does not replace itself", "remove it");
      else if (present.has(replaces))
        refuse(`${replaces} is still there`, `mark ${replaces} as \`lost: true\`, or remove \`replaces\``);
      else if (other !== undefined)
        refuse(
          `${replaces} is replaced by ${other} already: two hosts would write into one backup`,
          "keep one of the two",
        );
      taken.set(replaces, host.name);
    }
  },
};

export const HOST_CHECKS: readonly Check[] = [unique, jumps, pinned, replacements, preferences];
