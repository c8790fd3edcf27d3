/** Rules about hosts: every one is itself, can be reached, and shows a key that is known. */
import { presentHosts } from "../facts";
import type { Path } from "../problems";
import type { HostSpec } from "../types";
import { type Check, type Checked, hostsOf, isRefused, presentHost, rolesReadable } from "./checked";
import { type Edge, loops } from "./loops";

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

/** From each host to the one that it names. */
function linksOf(checked: Checked, field: "jump" | "replaces"): Edge[] {
  return hostsOf(checked).flatMap(({ host, at }) => {
    const to = host[field];
    return to === undefined ? [] : [{ from: host.name, to, at: [...at, field] }];
  });
}

const jumps: Check = {
  rule: "`jump` names another host of the site that is not `lost`, and jumps do not go in circles.",
  run(checked) {
    const edges = linksOf(checked, "jump").filter(({ to, at }) => presentHost(checked, to, at));
    for (const { way, at } of loops(edges)) {
      checked.problems.add(at, {
        message: `the jumps go in a circle: ${way}`,
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
  rule: "`replaces` names a host that is `lost`, or not in the file any more; each is replaced by one host at most, and none in a circle.",
  run(checked) {
    const there = new Set(presentHosts(checked.site).map(({ name }) => name));
    const taken = new Map<string, string>();
    const followed: Edge[] = [];
    const refuse = (at: Path, message: string, hint: string) =>
      checked.problems.add(at, { message, allowed: "the name of a host that is gone", hint });
    for (const link of linksOf(checked, "replaces")) {
      const { from, to, at } = link;
      const other = taken.get(to);
      if (to === from) refuse(at, "a host does not replace itself", "remove it");
      else if (there.has(to))
        refuse(at, `${to} is still there`, `mark ${to} as \`lost: true\`, or remove \`replaces\``);
      else if (other !== undefined)
        refuse(at, `${to} is replaced by ${other} already: two hosts would have one backup`, "keep one of the two");
      else {
        taken.set(to, from);
        followed.push(link);
      }
    }
    for (const { way, at } of loops(followed))
      refuse(at, `hosts replace each other in a circle: ${way}`, "remove `replaces` at the oldest of them");
  },
};

export const HOST_CHECKS: readonly Check[] = [unique, jumps, pinned, replacements, preferences];
