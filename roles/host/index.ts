/**
 * The base of every host: name, time, firewall, sshd, security updates, journal, resolver.
 *
 * Units of the system itself (sshd, journald, timesyncd) are reloaded but not claimed: deleting the role must not stop
 * them, least of all sshd.
 */
import { defineRole } from "../derived";
import { neverBanned } from "../shared/logins";
import type { HostArgs } from "./args";
import { hostParts } from "./manifest";

export type { HostArgs } from "./args";

export const host = defineRole<HostArgs>({
  name: "host",
  component: "Host",
  summary:
    "name, time, firewall closed but for what roles open, sshd by key only, security updates, journal, validating resolver",
  software: "nftables, unattended-upgrades, unbound",
  needs: [],
  implied: () => true,
  hosts: { several: true, twins: "each its own" },
  packages: () => [
    "ca-certificates",
    "dns-root-data", // unbound does not start without it
    "nftables",
    "systemd-timesyncd",
    "unattended-upgrades",
    "unbound",
  ],
  listens: ({ sshPort = 22 }) => [{ port: sshPort, to: "world" }],
  firewallIsBase: true,
  data: [],
  watch: [
    {
      what: "free space of the root file system in percent",
      argv: ["sh", "-c", "df --output=pcent / | tail -n 1 | tr -dc 0-9 | awk '{ print 100 - $1 }'"],
      normal: { least: 10 },
    },
    {
      what: "units that failed",
      argv: ["sh", "-c", "systemctl list-units --failed --plain --no-legend | wc -l"],
      normal: { most: 0 },
    },
  ],
  update: { by: "reload", notice: "nothing: connections are kept", twins: "at once" },
  args: ({ site, host, packagesOfOthers, innerPorts, linkPorts }) => ({
    hostname: host.hostname,
    sshPort: host.sshPort,
    sshForgives: neverBanned(site),
    ntpServers: site.system.ntp,
    journalMaxMib: site.system.journal.size,
    journalDays: site.system.journal.days,
    // One run of apt in the place of a dozen.
    packagesAhead: packagesOfOthers(),
    ...(host.allowed ? { allowed: host.allowed } : {}),
    ...(host.files ? { ownFiles: host.files } : {}),
    ...(host.removed ? { removed: host.removed } : {}),
    innerPorts: innerPorts(),
    linkPorts: linkPorts(),
  }),
  manifest: hostParts,
});
