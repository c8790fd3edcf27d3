/** What the message submission agent is told. Addresses of other roles are told here: none is assumed to be on the same host. */

import { DEFAULTS } from "../../site";
import type { Endpoint } from "../define";
import type { AddressBook } from "../shared/addresses";
import { PORTS } from "../shared/paths";

/** Arguments of the role `submission`, plus the address book that says who owns which sender address. */
export interface SubmissionArgs extends AddressBook {
  /**
   * Fully qualified name of the host: greeting, HELO, trace headers.
   * @example "mail1.example.org"
   */
  hostname: string;
  /**
   * Name whose certificate is served, see `certificatePaths`; it must cover every name that clients connect to.
   * @default hostname
   * @example "smtp.example.org"
   */
  certificate?: string;
  /**
   * The relay that takes accepted mail, for this site and for the world.
   * @example { address: "10.66.0.11", port: 10025 }
   */
  relay: Endpoint;
  /**
   * Dovecot's auth service. The protocol has no TLS: between hosts it goes by the link.
   * @example { address: "127.0.0.1", port: 12345 }
   */
  sasl: Endpoint;
  /**
   * The filter's milter: it signs, limits rates, checks the From header, scans. No answer: mail is put off (4xx).
   * @default { address: "127.0.0.1", port: 11332 }
   * @example { address: "10.66.0.12", port: 11332 }
   */
  milter?: Endpoint;
  /**
   * IPv4 and IPv6 addresses of the site's hosts. The limits do not count them: a webmail is one address for many people.
   * @default []
   * @example ["10.66.0.11", "fd66::11"]
   */
  siteHosts?: string[];
  /**
   * IPv4 and IPv6 addresses of the mailstores: they alone reach the site listener.
   * @default []
   * @example ["10.66.0.11", "fd66::11"]
   */
  siteClients?: string[];
  /**
   * Messages that one of them may hand in within a minute: more are put off, and come again.
   * @default 600
   * @example 3000
   */
  siteMessagesPerMinute?: number;
  /**
   * Port for the site's own programs (vacation replies, redirects, reports): no login, but signed by the filter like
   * any other mail of ours.
   * @default 10587
   * @example 10587
   */
  sitePort?: number;
  /**
   * Largest message in bytes, announced by RFC 1870.
   * @default 52428800 (50 MiB)
   * @example 26214400
   */
  messageSizeLimit?: number;
  /**
   * Logins that one client address may try in a minute, right or wrong.
   * @default 60
   * @example 20
   */
  loginsPerMinute?: number;
}

/** The arguments with every default filled in. */
export type SubmissionSettings = Required<SubmissionArgs>;

/** Fill in the defaults. */
export function submissionSettings(args: SubmissionArgs): SubmissionSettings {
  return {
    ...args,
    certificate: args.certificate ?? args.hostname,
    milter: args.milter ?? { address: "127.0.0.1", port: PORTS.milter },
    siteHosts: args.siteHosts ?? [],
    siteClients: args.siteClients ?? [],
    siteMessagesPerMinute: args.siteMessagesPerMinute ?? 600,
    sitePort: args.sitePort ?? PORTS.siteSubmission,
    messageSizeLimit: args.messageSizeLimit ?? DEFAULTS.messageSizeLimit,
    loginsPerMinute: args.loginsPerMinute ?? 60,
  };
}
