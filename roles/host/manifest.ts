/** What the base of a host is made of, put together from its files. */
import type { FileSpec } from "../../provider/manifest";
import { directory, file, running } from "../shared/entries";
import { NFTABLES_DIRECTORY } from "../shared/paths";
import { dropInPath } from "../shared/sandbox";
import type { HostArgs } from "./args";
import * as files from "./files";

const SSHD = "/etc/ssh/sshd_config.d/10-postfleet.conf";
const JOURNALD = "/etc/systemd/journald.conf.d/50-postfleet.conf";
const TIMESYNCD = "/etc/systemd/timesyncd.conf.d/50-postfleet.conf";
const UNBOUND = "/etc/unbound/unbound.conf.d/postfleet.conf";
const UNBOUND_SANDBOX = dropInPath("unbound.service");

/** The system's own services. */
export function hostParts(args: HostArgs) {
  return {
    packagesAhead: args.packagesAhead ?? [],
    allowed: args.allowed ?? [],
    removed: Object.fromEntries((args.removed ?? []).map((path) => [path, "nobody declared it"])),
    directories: {
      [NFTABLES_DIRECTORY]: directory(),
      "/etc/systemd/journald.conf.d": directory(),
      "/etc/systemd/timesyncd.conf.d": directory(),
    },
    files: withOwn(args, {
      "/etc/hostname": file(files.hostname(args)),
      "/etc/nftables.conf": file(files.nftables(args)),
      [SSHD]: file(files.sshd(args)),
      "/etc/apt/apt.conf.d/52postfleet-upgrades": file(files.aptUpgrades(args)),
      [JOURNALD]: file(files.journald(args)),
      [TIMESYNCD]: file(files.timesyncd(args)),
      [UNBOUND]: file(files.unbound(args)),
      [UNBOUND_SANDBOX]: file(files.unboundSandbox()),
      "/etc/resolv.conf": file(files.resolvConf(args)),
    }),
    prepare: [
      // Debian's unit makes the trust anchor when unbound starts, which is too late for the validator.
      {
        argv: ["/usr/libexec/unbound-helper", "root_trust_anchor_update"],
        onChange: [UNBOUND],
        creates: "/var/lib/unbound/root.key",
      },
      { argv: ["hostname", "-F", "/etc/hostname"], onChange: ["/etc/hostname"] },
      // sshd is asked before it is reloaded, and a refusal ends the update with the old file back.
      { argv: ["/usr/sbin/sshd", "-t"], onChange: [SSHD] },
      { argv: ["systemctl", "try-reload-or-restart", "ssh.service"], onChange: [SSHD] },
      { argv: ["systemctl", "restart", "systemd-journald.service"], onChange: [JOURNALD] },
      // In a container the unit's own condition keeps it off, since the clock is the machine's; then this does nothing.
      { argv: ["systemctl", "restart", "systemd-timesyncd.service"], onChange: [TIMESYNCD] },
    ],
    validate: [
      { argv: ["nft", "-c", "-f", "/etc/nftables.conf"] },
      { argv: ["/usr/sbin/sshd", "-t"] },
      { argv: ["unbound-checkconf"] },
      { argv: ["apt-config", "dump"], stderrFails: true },
      // A file that sorts before ours may have set it first; then hardening would be a claim only.
      { argv: ["sh", "-c", "/usr/sbin/sshd -T | grep -qx 'passwordauthentication no'"] },
    ],
    services: {
      "nftables.service": running({ reload: ["/etc/nftables.conf", `${NFTABLES_DIRECTORY}/`] }),
      "unbound.service": running({ restart: [UNBOUND, UNBOUND_SANDBOX] }),
    },
    health: [
      { kind: "tcp" as const, address: "127.0.0.1", port: args.sshPort ?? 22, expect: "SSH-2.0", timeout: 10 },
      { kind: "tcp" as const, address: "127.0.0.1", port: 53, timeout: 10 },
      {
        kind: "command" as const,
        argv: ["sh", "-c", "systemd-detect-virt -cq || systemctl -q is-active systemd-timesyncd"],
        timeout: 10,
      },
    ],
  };
}

/** The role's files, and those of the site's own: a path has one owner. */
function withOwn({ ownFiles = {} }: HostArgs, ofRole: Record<string, FileSpec>): Record<string, FileSpec> {
  const twice = Object.keys(ownFiles).filter((path) => path in ofRole);
  if (twice.length > 0)
    throw new Error(
      `hosts.<name>.files names ${twice.join(", ")}, which the role host writes\nhint: a file has one owner; use a drop-in beside it`,
    );
  const own = Object.entries(ownFiles).map(([path, { content, mode }]) => [path, file(content, mode)] as const);
  return { ...ofRole, ...Object.fromEntries(own) };
}
