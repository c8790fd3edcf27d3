/**
 * The site specification: what a whole mail platform is to be, after parsing, validation and defaults.
 *
 * `site/` turns a YAML file into this; the plan is made from it. What is optional in the file has its default here already.
 */

import type { OvhHostSpec, OvhSpec } from "./types-ovh";

export * from "./types-ovh";

/** Roles that may be written in `hosts.<name>.roles`. The base role `host` and `certificates` are implied. */
export const ROLES = ["mx", "submission", "relay", "filter", "mailstore", "webmail", "nameserver", "backup"] as const;
export type RoleName = (typeof ROLES)[number];

/** One Debian 13 host. */
export interface HostSpec {
  name: string;
  /** IPv4 address, public unless `publicAddress` is given. */
  address: string;
  /** IPv6 address. */
  address6?: string;
  /** Where it stands; backups of one location go to another. */
  location: string;
  /** Fully qualified name: HELO name, certificate, reverse DNS. Default: `<name>.<first domain>`. */
  hostname: string;
  roles: RoleName[];
  /** Port of sshd. Default 22. */
  sshPort: number;
  /** Pinned host keys, from `hostKeys` or from the `ssh.knownHosts` file. */
  hostKeys: string[];
  /** Name of the host to go through. */
  jump?: string;
  /** The host is gone for good; nothing contacts it. Default false. */
  lost: boolean;
  /** Name of the host whose data it takes over: backups made there are restored here. */
  replaces?: string;
  /** Preference in MX records, RFC 5321 §5.1: senders try lower ones first. Absent: 10. */
  mxPreference?: number;
  /** What nobody declared, and may be there for a while. Absent: nothing. */
  allowed?: AllowedSpec[];
  /** Files and links that nobody declared and an update takes away. Absent: none. */
  removed?: string[];
  /** Files of the site's own, by their path on the host. Absent: none. */
  files?: Record<string, OwnFileSpec>;
  /** What the host is at OVH; absent for hosts elsewhere. */
  ovh?: OvhHostSpec;
}

/** Something that nobody declared, and may be there. */
export interface AllowedSpec {
  /** Kind and name, as previews show it. */
  what: string;
  /** The reason. */
  why: string;
  /** When it is over: a day, or a minute in UTC. */
  until: string;
}

/** A file of the site's own on a host; it belongs to root there. */
export interface OwnFileSpec {
  content: string;
  /** Four octal digits. */
  mode: string;
}

export type DmarcPolicy = "none" | "quarantine" | "reject";

/** One mail domain. */
export interface DomainSpec {
  name: string;
  /** Policy published for the domain, RFC 9989 (was RFC 7489). Default reject. */
  dmarc: DmarcPolicy;
  /** Receivers apply the policy one level more gently, tag `t=y`: the step before a stricter policy. Absent: no. */
  dmarcTesting?: boolean;
  /** Policy of subdomains, tag `sp`. Absent: the domain's own. */
  dmarcSubdomains?: DmarcPolicy;
  /** Policy of subdomains that do not exist, tag `np`. Absent: that of subdomains. */
  dmarcNonexistent?: DmarcPolicy;
  /** Where aggregate reports go. Default `postmaster@<domain>`. */
  dmarcReports: string;
  /** Where reports of single messages go, tag `ruf`, RFC 9991. Absent: none are asked for. */
  dmarcFailureReports?: string;
  /** Address that takes mail for unknown local parts. Default: none, unknown recipients are refused at the edge. */
  catchAll?: string;
  /** False for a domain that sends no mail: null MX, `v=spf1 -all`. Default true. */
  mail: boolean;
  /** Further senders for SPF, e.g. `include:_spf.example.com`. */
  spf: string[];
  /** Hand all mail for this domain to another server instead of the mailstore: `[host]:port`. */
  transport?: string;
  /** Server of calendars and contacts (CalDAV and CardDAV over TLS), RFC 6764. Absent: none is announced. */
  dav?: string;
}

/** One mailbox, i.e. one account. */
export interface MailboxSpec {
  /** Full address, lower case. */
  address: string;
  /** Display name. */
  name: string;
  /** Storage limit in bytes. Default: `mailstore.quota`. */
  quota: number;
  /** Password hash in Dovecot's form, e.g. `{BLF-CRYPT}$2y$…`. Absent: a password is generated once. */
  passwordHash?: string;
  /** Further addresses it may send as. */
  sendAs: string[];
  /** Nobody logs in, nothing of it runs or leaves. Absent: it is in use. */
  suspended?: SuspensionSpec;
}

/** Why and how an account is suspended. */
export interface SuspensionSpec {
  /** When it was decided: a day, or a minute in UTC. */
  since: string;
  why: string;
  /** What becomes of mail to its own address. Default keep. */
  mail: "keep" | "refuse";
}

/** A group: mail to it reaches every member. */
export interface GroupSpec {
  address: string;
  members: string[];
  /** Only accounts of this site may write to it. Default false. */
  internal: boolean;
}

/** Accounts from a file. */
export interface AccountsSpec {
  source: "file";
  mailboxes: MailboxSpec[];
  /** Alias address -> targets, here or elsewhere. */
  aliases: Record<string, string[]>;
  groups: GroupSpec[];
}

/** Settings of the edge MTA. */
export interface MxSpec {
  /** DNS block lists asked by postscreen. Default none: each has terms of use of its own. */
  blockLists: { zone: string; weight: number }[];
  /** Sum of weights of block lists at which a client is refused. Default 3. */
  blockListThreshold?: number;
  /** Connections of one client at once, and new ones in a minute. Default 50 and 300. */
  clientLimits?: { connections: number; perMinute: number };
  /** Largest message in bytes, RFC 1870. Default 50 MiB. */
  messageSizeLimit: number;
  /** Wait before the greeting to catch talkers-first, in seconds. Default 6. */
  greetWait: number;
}

/** Settings of the message submission agent, RFC 6409. */
export interface SubmissionSpec {
  /** Recipients an account may address in an hour, and in one burst. Default 200 and 50. */
  rateLimit: { perHour: number; burst: number };
  /** Logins that one client address may try in a minute. Default 60. */
  loginsPerMinute?: number;
}

/** Settings of the relay. */
export interface RelaySpec {
  /** Smarthost for all outbound mail: `[host]:port`. Default: straight to the recipient's MX. */
  smarthost?: string;
  /** The smarthost wants a login: the stack's secret `postfleet:smarthost`. Default false. */
  smarthostLogin: boolean;
  /** Time until undeliverable mail is returned, in hours. Default 120. */
  queueLifetime: number;
}

/** Settings of the filter. */
export interface FilterSpec {
  /** Scan with ClamAV. Default false; its database needs about 1.5 GiB of memory. */
  clamav: boolean;
  /** Virus signatures of the site's own, lines of ClamAV's extended format (.ndb). Default none. */
  signatures: string[];
  /** Scores, rspamd's actions. Defaults 4, 6, 15. */
  scores: { greylist: number; addHeader: number; reject: number };
  /** Delay first contact of dubious senders. Default true. */
  greylisting: boolean;
  /** Ask rspamd's public services. Default false. */
  remoteServices?: boolean;
  /** What becomes of mail that could not be scanned. Default `tempfail`. */
  onScannerDown?: "tempfail" | "accept";
  /** Worker processes. Default 2. */
  workers?: number;
  /** Memory of the store in MiB. Default 256. */
  storeMemory?: number;
}

/** Settings of the mailstore. */
export interface MailstoreSpec {
  /** POP3 (995 only). Default false. */
  pop3: boolean;
  /** Storage of a mailbox in bytes. Default 1 GiB. */
  quota: number;
  /** Full-text search. Default true. */
  fullTextSearch: boolean;
  /** Connections of clients at once. Default 1000. */
  connections?: number;
}

/** Settings of the webmail. */
export interface WebmailSpec {
  /** Public name. Default `webmail.<first domain>`. */
  name: string;
  productName: string;
}

/** Who serves the site's zones. */
export interface DnsSpec {
  /** Record sets of the zones that mail has no part in. Default none. */
  records?: DeclaredRecords[];
  /** `powerdns`: hosts with the role nameserver, or an existing server behind {@link DnsSpec.api}. Default none. */
  provider: "powerdns" | "ovh" | "none";
  /** PowerDNS' HTTP API, for zones on a server that is no host of the site. Its key is a secret of the stack. */
  api?: {
    /** Base URL without `/api/v1` and without a slash at the end. */
    url: string;
    /** The server's id in the API. Default `localhost`. */
    server: string;
  };
  /** Time to live of the records in seconds. Default 3600. */
  ttl: number;
  /** The zones are signed, so that TLSA records can be believed. Default true where a provider serves them. */
  dnssec: boolean;
}

/** Types of records that a site file may declare. */
export const RECORD_TYPES = ["A", "AAAA", "CAA", "CNAME", "MX", "NS", "PTR", "SRV", "SSHFP", "TLSA", "TXT"] as const;

/** The record sets of one name, as they are written: names may lack their final dot, and texts have no quotes. */
export interface DeclaredRecords {
  /** Lower case, without the final dot. */
  name: string;
  sets: { type: (typeof RECORD_TYPES)[number]; values: string[] }[];
}

/** Certificates by ACME, RFC 8555. */
export interface CertificatesSpec {
  acme?: {
    /** Directory URL. Default Let's Encrypt's. */
    directory: string;
    /** Contact of the account. Default `postmaster@<first domain>`. */
    email: string;
    /** PEM file of the CA that the directory's own certificate comes from, relative to the site file. Default: the system's. */
    caFile?: string;
    /** CA names for CAA, RFC 8659. Default letsencrypt.org. */
    issuers: string[];
    /** Renew when fewer days than this are left. Default 30. */
    renewBefore: number;
  };
}

/** What every host has of its own. */
export interface SystemSpec {
  /** NTP servers. Default Debian's pool. */
  ntp: string[];
  /** MiB and days that the journal takes. Default 1024 and 30. */
  journal: { size: number; days: number };
}

/** What happens to those who guess passwords. */
export interface BansSpec {
  /** Addresses and networks that are never banned; the site's own hosts never are. Default none. */
  allow: string[];
  /** Connections of one address at the mailstore, where somebody logged in lately; a stranger has a tenth. Default 500. */
  connections: number;
}

/** Backups with restic. */
export interface BackupsSpec {
  /** Time between backups in minutes. Default 60. */
  every: number;
  keep: { daily: number; weekly: number; monthly: number };
  /** Hosts with the role `backup`; default all of them. */
  targets: string[];
  /** Part of a target's disk that stays free, in percent. Default 10. */
  minFree?: number;
  /** Whether targets have the passwords of the repositories, and so prune and check. Default true. */
  readableByTarget: boolean;
}

/** Rotation of keys, in seconds. */
export interface KeysSpec {
  dkim: {
    /** Age at which a key gets a successor. Absent: never. Default 180 days, never where nobody serves the zones. */
    rotate?: number;
    /** How long a retired key stays published, and then its revocation. Default 14 days. */
    retention: number;
    /** One pair of keys for all domains. Default false: one a domain. */
    shared: boolean;
  };
  tls: {
    /** Age at which the key of a host's certificate gets a successor. Absent, the default: never. */
    rotate?: number;
  };
}

/** How hosts are reached. Keys of the operator never stand here: see the provider's configuration. */
export interface SshSpec {
  user: string;
}

/** The whole site. */
export interface SiteSpec {
  /** Name of the site. */
  site: string;
  ssh: SshSpec;
  hosts: HostSpec[];
  domains: DomainSpec[];
  accounts: AccountsSpec;
  mx: MxSpec;
  submission: SubmissionSpec;
  relay: RelaySpec;
  filter: FilterSpec;
  mailstore: MailstoreSpec;
  webmail: WebmailSpec;
  dns: DnsSpec;
  certificates: CertificatesSpec;
  bans: BansSpec;
  keys: KeysSpec;
  system: SystemSpec;
  backups?: BackupsSpec;
  /** OVH's API and what is rented there; present where the file has `ovh`, a host at OVH, or zones at OVH. */
  ovh?: OvhSpec;
}
