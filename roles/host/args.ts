/** What the base role is told. */
import type { AllowedSpec } from "../../provider/manifest";
import type { InnerPort } from "../define";

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
   * Addresses and networks that sshd does not turn away for a while after failed logins, besides `sshFrom`.
   * @default []
   * @example ["192.0.2.11", "198.51.100.0/24"]
   */
  sshForgives?: string[];
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
  /**
   * What nobody declared on the host, and previews need not show before a date.
   * @default []
   * @example [{ what: "file /etc/cron.d/inventory", why: "the data centre's agent", until: "2027-06-30" }]
   */
  allowed?: AllowedSpec[];
  /**
   * Files and links that nobody declared, and that an update takes away.
   * @default []
   * @example ["/etc/nftables.d/zz.nft"]
   */
  removed?: string[];
  /**
   * Files of the site's own, by path; they belong to root.
   * @default {}
   * @example { "/etc/cron.d/inventory": { content: "…", mode: "0644" } }
   */
  ownFiles?: Record<string, { content: string; mode: string }>;
  /**
   * Ports of the host's roles that only some of its users may connect to.
   * @default []
   */
  innerPorts?: InnerPort[];
  /**
   * Ports of other hosts, behind the link, that only some of the host's users may connect to.
   * @default []
   */
  linkPorts?: InnerPort[];
}
