/**
 * The base of every host: name, time, firewall, sshd, security updates, journal, resolver.
 *
 * Units of the system itself (sshd, journald, timesyncd) are reloaded but not claimed: deleting the role must not stop
 * them, least of all sshd.
 */
import type * as pulumi from "@pulumi/pulumi";
import { manifestOf, type RoleArgs, RoleComponent } from "../../components/resources/role-component";
import { type Manifest, manifest } from "../../provider/manifest";
import { directory, file, running } from "../shared/entries";
import { NFTABLES_DIRECTORY } from "../shared/paths";
import * as files from "./files";

/** What the base role wants to know. */
export interface HostArgs {
  /**
   * Fully qualified name of the host.
   * @example "mail1.example.org"
   */
  hostname: string;
  /**
   * TCP port that sshd listens on; it stays open whatever else is closed.
   * @default 22
   * @example 2222
   */
  sshPort?: number;
  /**
   * Networks that may reach sshd, IPv4 or IPv6. The machine that runs the updates must be among them.
   * @default [] everywhere
   * @example ["203.0.113.0/24", "2001:db8::/32"]
   */
  sshFrom?: string[];
  /**
   * NTP servers, names or addresses.
   * @default [] Debian's pool
   * @example ["ntp.example.org"]
   */
  ntpServers?: string[];
  /**
   * Most that the journal may take on disk, in MiB.
   * @default 1024
   * @example 4096
   */
  journalMaxMib?: number;
  /**
   * Days that the journal is kept.
   * @default 30
   * @example 14
   */
  journalDays?: number;
  /**
   * Packages that the host's other roles will want: one run of apt instead of one a role.
   * @default []
   * @example ["postfix", "dovecot-imapd"]
   */
  packagesAhead?: string[];
}

const SSHD = "/etc/ssh/sshd_config.d/10-postfleet.conf";
const JOURNALD = "/etc/systemd/journald.conf.d/50-postfleet.conf";
const TIMESYNCD = "/etc/systemd/timesyncd.conf.d/50-postfleet.conf";
const UNBOUND = "/etc/unbound/unbound.conf.d/postfleet.conf";

/** The base role's manifest. */
export function hostManifest(args: HostArgs): Manifest {
  return manifest("host", {
    packages: {
      "ca-certificates": "present",
      "dns-root-data": "present", // unbound does not start without it
      nftables: "present",
      "systemd-timesyncd": "present",
      "unattended-upgrades": "present",
      unbound: "present",
    },
    packagesAhead: args.packagesAhead ?? [],
    directories: {
      [NFTABLES_DIRECTORY]: directory(),
      "/etc/systemd/journald.conf.d": directory(),
      "/etc/systemd/timesyncd.conf.d": directory(),
    },
    files: {
      "/etc/hostname": file(files.hostname(args)),
      "/etc/nftables.conf": file(files.nftables(args)),
      [SSHD]: file(files.sshd(args)),
      "/etc/apt/apt.conf.d/52postfleet-upgrades": file(files.aptUpgrades(args)),
      [JOURNALD]: file(files.journald(args)),
      [TIMESYNCD]: file(files.timesyncd(args)),
      [UNBOUND]: file(files.unbound(args)),
      "/etc/resolv.conf": file(files.resolvConf(args)),
    },
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
      "unbound.service": running({ restart: [UNBOUND] }),
    },
    health: [
      { kind: "tcp", address: "127.0.0.1", port: args.sshPort ?? 22, expect: "SSH-2.0", timeout: 10 },
      { kind: "tcp", address: "127.0.0.1", port: 53, timeout: 10 },
      {
        kind: "command",
        argv: ["sh", "-c", "systemd-detect-virt -cq || systemctl -q is-active systemd-timesyncd"],
        timeout: 10,
      },
    ],
  });
}

/** The base role on one host. */
export class Host extends RoleComponent {
  constructor(name: string, { host, ...args }: RoleArgs<HostArgs>, opts?: pulumi.ComponentResourceOptions) {
    super("postfleet:mail:Host", name, { host, manifest: manifestOf(hostManifest, args) }, opts);
  }
}
