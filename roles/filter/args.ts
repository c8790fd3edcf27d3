/** What the filter is told, and where its parts lie on a host. */
import { uclString } from "../../quote/config";
import { DEFAULTS } from "../../site";
import type { AddressBook } from "../shared/addresses";

/** One DKIM key (RFC 6376); its private part is a secret input of the component. */
export interface DkimSigner {
  /**
   * Domain in the From header.
   * @example "example.org"
   */
  domain: string;
  /**
   * Selector: the key's name in DNS, `<selector>._domainkey.<domain>`.
   * @example "r2"
   */
  selector: string;
  /**
   * RSA (2048 bits) is what everybody verifies; Ed25519 (RFC 8463) beside it, for those who can.
   * @example "ed25519"
   */
  algorithm: "rsa" | "ed25519";
  /**
   * Name of the key's file, where several domains share one key.
   * @default the domain
   * @example "shared"
   */
  key?: string;
}

/** Arguments of the role `filter`, plus the address book that says who owns which sender address. */
export interface FilterArgs extends AddressBook {
  /**
   * Keys to sign with: usually two a domain. Mail of accounts and of the site's own programs is signed.
   * @example [{ domain: "example.org", selector: "r2", algorithm: "rsa" }]
   */
  dkim: DkimSigner[];
  /**
   * Addresses that the milter listens on. Its protocol has neither TLS nor passwords: loopback, or a private network.
   * @default ["127.0.0.1"]
   * @example ["127.0.0.1", "10.66.0.12"]
   */
  listen?: string[];
  /**
   * IPv4 and IPv6 addresses of the hosts with the roles `mx` and `submission`; they reach the milter.
   * @default []
   * @example ["10.66.0.11", "fd66::11"]
   */
  milterHosts?: string[];
  /**
   * Where mailstores of other hosts teach the filter, and their addresses, all of them inside the link: they may teach, and nothing
   * else.
   * @default none: the only mailstore is on the same host
   * @example { address: "fdc4:79ab:8be1:d21::1", from: ["fdc4:79ab:8be1:d21::2"] }
   */
  teaching?: { address: string; from: string[] };
  /**
   * Addresses of all hosts of the site: mail from their programs counts as our own. Never a whole private network.
   * @default []
   * @example ["10.66.0.11", "fd66::11"]
   */
  siteHosts?: string[];
  /**
   * Scores, rspamd's actions: delay, mark as spam, refuse.
   * @default { greylist: 4, addHeader: 6, reject: 15 }
   * @example { greylist: 5, addHeader: 8, reject: 20 }
   */
  scores?: { greylist: number; addHeader: number; reject: number };
  /**
   * Delay the first contact of senders whose score reaches `scores.greylist`, RFC 6647.
   * @default true
   * @example false
   */
  greylisting?: boolean;
  /**
   * Recipients that an account may address: in an hour, and in one burst.
   * @default { perHour: 200, burst: 50 }
   * @example { perHour: 1000, burst: 200 }
   */
  rateLimit?: { perHour: number; burst: number };
  /**
   * Seal inbound mail (ARC, RFC 8617), so that the receivers of forwarded mail can see what we saw.
   * @default true
   * @example false
   */
  arc?: boolean;
  /**
   * Ask rspamd's public services: fuzzy hashes, DNS lists, maps. Each has terms of use, and learns about your mail.
   * @default false
   * @example true
   */
  remoteServices?: boolean;
  /**
   * Scan with ClamAV; about 1.5 GiB of memory with the official database.
   * @default false
   * @example true
   */
  clamav?: boolean;
  /**
   * Signatures of the site's own, by file name in ClamAV's database directory, see clamav's signature manual.
   * @default {}
   * @example { "site.hdb": "44d88612fea8a8f36de82e1278abb02f:68:Eicar-Test-Signature\n" }
   */
  clamavSignatures?: Record<string, string>;
  /**
   * Mail that could not be scanned (scanner or database missing): put off, or accepted and marked in the log.
   * @default "tempfail"
   * @example "accept"
   */
  onScannerDown?: "tempfail" | "accept";
  /**
   * Largest message in bytes that mx and submission take; the filter takes 2 MiB more.
   * @default 52428800 (50 MiB)
   * @example 26214400
   */
  messageSizeLimit?: number;
  /**
   * Worker processes; each takes about 150 MiB.
   * @default 2
   * @example 4
   */
  workers?: number;
  /**
   * Memory of the key-value store in MiB: Bayes tokens, greylisting, rate limits.
   * @default 256
   * @example 1024
   */
  storeMemoryMib?: number;
}

/** The arguments with every default filled in. */
export type FilterSettings = Required<Omit<FilterArgs, "teaching">> & Pick<FilterArgs, "teaching">;

/** Fill in the defaults. */
export function filterSettings(args: FilterArgs): FilterSettings {
  return {
    ...args,
    listen: args.listen ?? ["127.0.0.1"],
    milterHosts: args.milterHosts ?? [],
    siteHosts: args.siteHosts ?? [],
    scores: args.scores ?? DEFAULTS.scores,
    greylisting: args.greylisting ?? true,
    rateLimit: args.rateLimit ?? DEFAULTS.rateLimit,
    arc: args.arc ?? true,
    remoteServices: args.remoteServices ?? false,
    clamav: args.clamav ?? false,
    clamavSignatures: args.clamavSignatures ?? {},
    onScannerDown: args.onScannerDown ?? "tempfail",
    messageSizeLimit: args.messageSizeLimit ?? DEFAULTS.messageSizeLimit,
    workers: args.workers ?? 2,
    storeMemoryMib: args.storeMemoryMib ?? 256,
  };
}

/** Rspamd's configuration; `override.d` and `local.d` are the places Debian leaves to us. */
export const RSPAMD = "/etc/rspamd";
/** Where the controller takes what mailstores of other hosts teach. The package's unit makes the directory. */
export const CONTROLLER_SOCKET = "/run/rspamd/controller.sock";
/** Private DKIM keys, readable for rspamd alone. */
export const DKIM_DIRECTORY = "/etc/rspamd/dkim";
/** Sender address -> accounts that own it. */
export const SENDERS_MAP = "/etc/rspamd/postfleet-senders.map";
/** The store's socket; Debian's unit valkey-server@rspamd makes the directory. */
export const STORE_SOCKET = "/run/valkey-rspamd/valkey.sock";
/** Its configuration. */
export const STORE_FILE = "/etc/postfleet/valkey-rspamd.conf";
/** Data of the store. */
export const STORE_DIRECTORY = "/var/lib/valkey/rspamd";
/** What rspamd compiles and learns beside the store; made again at its start. */
export const RSPAMD_DATA = "/var/lib/rspamd";
/** Programs of the role. */
export const PROGRAM_DIRECTORY = "/usr/local/lib/postfleet/filter";
/** ClamAV's database. */
export const CLAMAV_DATABASE = "/var/lib/clamav";
/** ClamAV's socket, made by clamav-daemon.socket. */
export const CLAMAV_SOCKET = "/run/clamav/clamd.ctl";

/** Which keys sign for which domain. */
export const DKIM_SIGNING = `${RSPAMD}/override.d/dkim_signing.conf`;

/**
 * Where a private key belongs on the host: the key of {@link Filter}'s `dkimKeys`. Every key has a path of its own: rspamd
 * reads a key that changed at once, but the selector only when it is restarted. A successor in the same place would
 * sign under the name of the key before.
 *
 * @param key The domain, or the name that several share.
 */
export function dkimKeyPath(key: string, selector: string): string {
  return `${DKIM_DIRECTORY}/${key}.${selector}.key`;
}

/** How {@link DKIM_SIGNING} names a key at work: by this one sees on a live host what it signs with. */
export function dkimSelector(selector: string, path: string): string {
  return `{ selector = ${uclString(selector)}; path = ${uclString(path)}; }`;
}
