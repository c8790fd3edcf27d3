/** The files of the base role `host`, each a pure function of its arguments. */
import { nftSet, plainWord, systemdWord } from "../../quote/config";
import type { InnerPort } from "../define";
import { LINK_INTERFACE } from "../shared/link";
import { NFTABLES_DIRECTORY, owned } from "../shared/paths";
import { sandboxDropIn } from "../shared/sandbox";
import type { HostArgs } from "./args";

const ROLE = "host";

/** /etc/hostname, hostname(5): the full name, so that it is right even where nobody maintains /etc/hosts. */
export const hostname = (args: HostArgs) => `${owned(ROLE)}${plainWord(args.hostname)}\n`;

/**
 * /etc/nftables.conf: everything is closed but what a role opens by its drop-in. `nft -f` loads a file as one
 * transaction, so there is no moment without a ruleset, and a mistake in any drop-in leaves the old ruleset in force.
 */
export function nftables(args: HostArgs): string {
  const port = args.sshPort ?? 22;
  const from = args.sshFrom ?? [];
  const family = (marker: string, v6: boolean) => {
    const nets = from.filter((net) => net.includes(":") === v6);
    return nets.length > 0 ? `    ${marker} saddr ${nftSet(nets)} tcp dport ${port} accept\n` : "";
  };
  const ssh = from.length > 0 ? family("ip", false) + family("ip6", true) : `    tcp dport ${port} accept\n`;
  const onlyFor = (way: string, ports: readonly InnerPort[] = []) =>
    ports.map(
      ({ port, users }) =>
        `    ${way} tcp dport ${port} meta skuid != { ${["root", ...users].join(", ")} } counter reject with tcp reset\n`,
    );
  const inner = onlyFor('oif "lo"', args.innerPorts);
  const linked = onlyFor(`oifname "${LINK_INTERFACE}"`, args.linkPorts);
  return `${owned(ROLE)}
# Only this table is replaced: tables of others (fail2ban, containers) survive a reload.
table inet postfleet
delete table inet postfleet

table inet postfleet {
  chain input {
    type filter hook input priority filter; policy drop;

    # A mail server is no router: nobody on the wire may bend its routes. First, since conntrack calls these "related".
    icmp type redirect drop
    icmpv6 type nd-redirect drop

    ct state established,related accept
    ct state invalid drop
    iif "lo" accept

    # Path MTU discovery, neighbour discovery and ping. Without them mail with large attachments stalls. RFC 4890
    icmp type { destination-unreachable, time-exceeded, parameter-problem, echo-request } accept
    icmpv6 type { destination-unreachable, packet-too-big, time-exceeded, parameter-problem, echo-request } accept
    icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert, nd-router-solicit, nd-router-advert, mld-listener-query } accept
    # The answers of a DHCPv6 server come from its link-local address, so they match no established connection.
    ip6 saddr fe80::/10 udp dport 546 accept

    # The way in for the operator and for the next update.
${ssh}
    # One file a role: lines such as "tcp dport 25 accept".
    include "${NFTABLES_DIRECTORY}/*.nft"
  }

  chain forward {
    type filter hook forward priority filter; policy drop;
  }

  chain output {
    type filter hook output priority filter; policy accept;
${
  inner.length === 0
    ? ""
    : `
    # What listens here believes whoever reaches it: among the host's own processes those that need it, no broken-into PHP.
${inner.join("")}`
}${
  linked.length === 0
    ? ""
    : `
    # The same on other hosts of the site, which know this host by the link and not its users.
${linked.join("")}`
}  }
}
`;
}

/**
 * /etc/ssh/sshd_config.d/10-postfleet.conf, sshd_config(5). The first value wins, so the name sorts before cloud-init's
 * 50-cloud-init.conf, which would allow passwords. Nothing here takes away a key that works today.
 */
export const sshd = ({ sshFrom = [], sshForgives = [] }: HostArgs) => `${owned(ROLE)}
# Keys only: passwords are what botnets try all day.
PubkeyAuthentication yes
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitEmptyPasswords no
PermitRootLogin prohibit-password

# The first three resist a recorded session being read by a later quantum computer.
KexAlgorithms mlkem768x25519-sha256,sntrup761x25519-sha512,sntrup761x25519-sha512@openssh.com,curve25519-sha256,curve25519-sha256@libssh.org
Ciphers aes256-gcm@openssh.com,aes128-gcm@openssh.com,chacha20-poly1305@openssh.com,aes256-ctr
MACs hmac-sha2-512-etm@openssh.com,hmac-sha2-256-etm@openssh.com,hmac-sha2-512,hmac-sha2-256

# A host whose client vanished lets go of the session after 3 minutes.
ClientAliveInterval 60
ClientAliveCountMax 3
LoginGraceTime 30

# Who fails again and again is turned away for a while, at most for ten minutes; who logs in with one of several keys has not
# failed. A client in IPv6 is a /64.
PerSourcePenalties crash:90s authfail:5s noauth:1s grace-exceeded:10s refuseconnection:10s min:15s max:10m
PerSourceNetBlockSize 32:64
${forgiven([...sshFrom, ...sshForgives])}X11Forwarding no
`;

/** Networks as sshd_config(5) lists them, in one word with commas. */
const forgiven = (networks: readonly string[]): string =>
  networks.length === 0 ? "" : `PerSourcePenaltyExemptList ${[...new Set(networks)].map(plainWord).join(",")}\n`;

/** /etc/apt/apt.conf.d/52postfleet-upgrades: security updates every day, and nothing else without an update of the site. */
export const aptUpgrades = (_args: HostArgs) => `${owned(ROLE, "//")}
APT::Periodic::Update-Package-Lists "1";
APT::Periodic::Unattended-Upgrade "1";
APT::Periodic::AutocleanInterval "7";

// Debian's list would take point releases too; those come with the operator at hand.
#clear Unattended-Upgrade::Origins-Pattern;
Unattended-Upgrade::Origins-Pattern {
  "origin=Debian,codename=\${distro_codename}-security,label=Debian-Security";
};
// Our files are ours: an update of a package never replaces them and never asks.
Dpkg::Options { "--force-confdef"; "--force-confold"; };
Unattended-Upgrade::Automatic-Reboot "false";
`;

/** /etc/systemd/journald.conf.d/50-postfleet.conf, journald.conf(5): logs survive a reboot, and never fill the disk. */
export const journald = (args: HostArgs) => `${owned(ROLE)}
[Journal]
Storage=persistent
SystemMaxUse=${args.journalMaxMib ?? 1024}M
# Mail logs are personal data: who wrote to whom. They are kept no longer than needed to answer "where is my mail?".
MaxRetentionSec=${args.journalDays ?? 30}day
`;

/** /etc/systemd/timesyncd.conf.d/50-postfleet.conf, timesyncd.conf(5). */
export const timesyncd = (args: HostArgs) => {
  const servers = args.ntpServers ?? [];
  const ntp =
    servers.length > 0 ? `NTP=${servers.map(systemdWord).join(" ")}\n` : "# No server of our own: Debian's pool.\n";
  return `${owned(ROLE)}
[Time]
${ntp}`;
};

/**
 * /etc/unbound/unbound.conf.d/postfleet.conf, unbound.conf(5): a resolver of the host's own that validates DNSSEC.
 * DANE (RFC 7672) is worth nothing with a resolver across the network, and DNS block lists refuse the large public ones.
 */
export const unbound = (_args: HostArgs) => `${owned(ROLE)}
server:
    interface: 127.0.0.1
    interface: ::1

    # Debian keeps the root's addresses and its trust anchor current in dns-root-data.
    root-hints: "/usr/share/dns/root.hints"

    # Popular names are renewed before they expire, and their keys at once: mail servers ask the same names all day.
    prefetch: yes
    prefetch-key: yes
    # Answers in 127.0.0.0/8 pass on purpose: that is how DNS block lists answer (RFC 5782).
    hide-identity: yes
    hide-version: yes
    # Says in the log which name failed validation, and why.
    val-log-level: 1
`;

/** Drop-in of unbound.service: it opens its ports as root and goes on as the user unbound; its trust anchor is renewed. */
export const unboundSandbox = () =>
  sandboxDropIn(ROLE, {
    writes: ["/run", "/var/lib/unbound"],
    capabilities: [
      "CAP_NET_BIND_SERVICE",
      "CAP_SETUID",
      "CAP_SETGID",
      "CAP_CHOWN",
      "CAP_DAC_OVERRIDE",
      "CAP_SYS_CHROOT",
    ],
    systemCalls: ["chroot"],
    netlink: true,
  });

/** /etc/resolv.conf, resolv.conf(5). `trust-ad` lets Postfix see that the answer was validated; it is true on loopback only. */
export const resolvConf = (_args: HostArgs) => `${owned(ROLE)}nameserver 127.0.0.1
options edns0 trust-ad
`;
