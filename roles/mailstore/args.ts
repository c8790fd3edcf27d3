/** What the mailstore is told, and where its parts lie on a host. */

import { DEFAULTS } from "../../site";

/** Arguments of the mailstore. Addresses of other roles are told here: none of them is assumed to be on the same host. */
export interface MailstoreArgs {
  /**
   * Fully qualified name of the host, in the greetings and in the Message-Ids of notices.
   * @example "mail1.example.org"
   */
  hostname: string;
  /**
   * Name whose certificate is served, see `certificatePaths`; it must cover every name that clients connect to.
   * @default hostname
   * @example "imap.example.org"
   */
  certificate?: string;
  /**
   * Sender of quota notices and of Sieve error reports.
   * @example "postmaster@example.org"
   */
  postmaster: string;
  /**
   * POP3 on port 995, RFC 1939. Off: many clients delete mail after fetching, which surprises people with two devices.
   * @default false
   * @example true
   */
  pop3?: boolean;
  /**
   * Storage of a mailbox in bytes, for accounts whose userdb entry says nothing else.
   * @default 1073741824 (1 GiB)
   * @example 5 * 1024 ** 3
   */
  quota?: number;
  /**
   * Index mail for IMAP SEARCH, about a tenth of the mail's size.
   * @default true
   * @example false
   */
  fullTextSearch?: boolean;
  /**
   * Addresses (IPv4 and IPv6) of the hosts with the role `relay`: they alone reach LMTP.
   * @example ["192.0.2.11", "2001:db8::11"]
   */
  relayHosts: string[];
  /**
   * Addresses of the hosts with the role `submission`: they alone reach the auth service.
   * @example ["192.0.2.11", "2001:db8::11"]
   */
  submissionHosts: string[];
  /**
   * Addresses of the hosts with the role `webmail`. They name the address of the browser, so that logs and the
   * penalty for failed logins mean the person and not the webmail.
   * @default []
   * @example ["192.0.2.12"]
   */
  webmailHosts?: string[];
  /**
   * SMTP listener for the site's own programs, as `host:port`: it takes vacation replies, redirects and notices, and has
   * them signed like any other mail of ours.
   * @default none: a site that cannot send answers nobody
   * @example "192.0.2.11:10587"
   */
  outbound?: string;
  /**
   * Controllers of all filters, as `host:port`: each learns from mail moved to and from Junk, and must trust this host's
   * address.
   * @example ["192.0.2.13:11334", "192.0.2.14:11334"]
   */
  controllers: string[];
  /**
   * Characters of logins beside letters and digits of ASCII and `. - _ @`: Dovecot refuses every other.
   * @default "" none
   * @example "'+"
   */
  loginCharacters?: string;
  /**
   * Logins that are refused whatever they show, and whose sessions end.
   * @default [] none
   * @example ["mallory@example.org"]
   */
  suspended?: string[];
  /**
   * Connections of clients at one time, all protocols; each takes about 2 MiB of memory.
   * @default 1000
   * @example 10000
   */
  connections?: number;
  /**
   * Addresses of the hosts with the role `bans`: they alone fetch the list of banned addresses.
   * @default []
   * @example ["192.0.2.11", "2001:db8::11"]
   */
  banHosts?: string[];
  /**
   * Addresses and networks whose logins are always tried: the site's hosts, and those of the site file.
   * @default []
   * @example ["192.0.2.11", "198.51.100.0/24"]
   */
  allowed?: string[];
}

/** What Dovecot takes in a login by itself. */
export const LOGIN_CHARACTERS = `abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_@`;

/** Characters of logins that Dovecot does not take by itself, sorted. */
export const unusualCharacters = (logins: readonly string[]): string =>
  [...new Set(logins.join(""))]
    .filter((character) => !LOGIN_CHARACTERS.includes(character))
    .sort()
    .join("");

/** The arguments with every default filled in. */
export type MailstoreSettings = Required<Omit<MailstoreArgs, "outbound">> & Pick<MailstoreArgs, "outbound">;

/** Fill in the defaults. */
export function mailstoreSettings(args: MailstoreArgs): MailstoreSettings {
  return {
    ...args,
    certificate: args.certificate ?? args.hostname,
    pop3: args.pop3 ?? false,
    quota: args.quota ?? DEFAULTS.quota,
    fullTextSearch: args.fullTextSearch ?? true,
    webmailHosts: args.webmailHosts ?? [],
    loginCharacters: args.loginCharacters ?? "",
    suspended: args.suspended ?? [],
    connections: args.connections ?? 1000,
    banHosts: args.banHosts ?? [],
    allowed: args.allowed ?? [],
  };
}

/** Dovecot's configuration; nothing of Debian's conf.d is read. */
export const DOVECOT_CONF = "/etc/dovecot/dovecot.conf";
/** Our parts of it, included by name. */
export const CONF_DIRECTORY = "/etc/dovecot/postfleet";
/** Accounts: login, password hash, quota. Secret. */
export const USERS_FILE = "/etc/dovecot/postfleet-users";
/** Logins that are refused. */
export const SUSPENDED_FILE = "/etc/dovecot/postfleet-suspended";
/** Sieve scripts of the postmaster. */
export const SIEVE_DIRECTORY = "/etc/dovecot/sieve";
/**
 * Where Dovecot, as vmail, keeps them compiled. Beside the scripts it may not write, and a binary made by sievec is stale
 * after the next edit, rollback or upgrade: every delivery would then log an error.
 */
export const SIEVE_CACHE = "/var/cache/dovecot-sieve";
/** Programs that Dovecot runs. */
export const PROGRAM_DIRECTORY = "/usr/local/lib/postfleet/mailstore";
/** The one user that owns all mail; the number is fixed, so that a restored or shared store fits any host. */
export const VMAIL = { name: "vmail", id: 5000 } as const;
/** Moves mail of earlier versions, and of their backups, to where it lies now. */
export const MOVE_FOLDERS = `${PROGRAM_DIRECTORY}/move-folders`;
/** Port of the OpenMetrics listener, loopback only. */
export const METRICS_PORT = 9900;
/** Dovecot's first patch level in Debian 13 without CVE-2026-33604 and CVE-2026-42008. */
export const MINIMUM_VERSION = "1:2.4.1+dfsg1-6+deb13u7";
