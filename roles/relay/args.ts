/** What the relay is told. Addresses of other roles are told here: none of them is assumed to be on the same host. */

import { DEFAULTS, type RoleName } from "../../site";
import type { Endpoint } from "../define";
import type { AddressBook } from "../shared/addresses";
import { PORTS } from "../shared/paths";

/** Arguments of the role `relay`, plus the address book that says where each address leads. */
export interface RelayArgs extends AddressBook {
  /**
   * Fully qualified name of the host: HELO to the world, so that its reverse DNS must say the same.
   * @example "mail1.example.org"
   */
  hostname: string;
  /**
   * LMTP of the mailstore.
   * @default none: nothing is stored here, every domain is handed to another server
   * @example { address: "127.0.0.1", port: 24 }
   */
  mailstore?: Endpoint;
  /**
   * Port that the site's hosts hand mail to.
   * @default 10025
   * @example 10025
   */
  port?: number;
  /**
   * IPv4 and IPv6 addresses of the hosts that hand mail to the relay: they and nobody else may use it.
   * @example ["10.66.0.11", "fd66::11"]
   */
  clients: string[];
  /**
   * The roles there that do so.
   * @example ["mx", "submission"]
   */
  clientRoles: RoleName[];
  /**
   * Fully qualified names of the site's hosts: mail to root@ and everybody else there goes to the postmaster.
   * @default [hostname]
   * @example ["mail1.example.org", "back1.example.org"]
   */
  siteHostnames?: string[];
  /**
   * Hand all outbound mail to this server, `[host]:port`; brackets mean no MX lookup.
   * @default none: straight to the recipient's MX
   * @example "[smtp.provider.example]:587"
   */
  smarthost?: string;
  /**
   * The smarthost wants a login: the component's `smarthostLogin` is then used, over verified TLS only.
   * @default false
   * @example true
   */
  smarthostAuthenticates?: boolean;
  /**
   * Verify other servers by DANE (RFC 7672), and by MTA-STS (RFC 8461) where there is no DANE. Needs a validating resolver
   * on this host. A smarthost is one server and no domain: neither is asked then.
   * @default true
   * @example false
   */
  dane?: boolean;
  /**
   * Time until undeliverable mail is returned to its author, in hours. RFC 5321 section 4.5.4.1 advises at least 4 days.
   * @default 120
   * @example 96
   */
  queueLifetime?: number;
  /**
   * Largest message in bytes; as large as the one of mx and submission, plus the headers they add.
   * @default 53477376 (51 MiB)
   * @example 27262976
   */
  messageSizeLimit?: number;
  /**
   * Deliveries to the mailstore at once. The sum over all relays stays below Dovecot's limit of 100 processes.
   * @default 20
   * @example 10
   */
  lmtpConcurrency?: number;
}

/** The arguments with every default filled in. */
export type RelaySettings = Required<Omit<RelayArgs, "smarthost" | "mailstore">> &
  Pick<RelayArgs, "smarthost" | "mailstore">;

/** Whether the MX of other domains are verified. */
export const verifiesOthers = (s: RelaySettings): boolean => s.dane && s.smarthost === undefined;

/** Fill in the defaults. */
export function relaySettings(args: RelayArgs): RelaySettings {
  return {
    ...args,
    port: args.port ?? PORTS.relay,
    siteHostnames: args.siteHostnames ?? [args.hostname],
    smarthostAuthenticates: args.smarthostAuthenticates ?? false,
    dane: args.dane ?? true,
    queueLifetime: args.queueLifetime ?? DEFAULTS.queueLifetime,
    messageSizeLimit: args.messageSizeLimit ?? withHeaders(DEFAULTS.messageSizeLimit),
    lmtpConcurrency: args.lmtpConcurrency ?? 20,
  };
}

/** What mx and submission take, and room for the headers that they add, in bytes. */
export const withHeaders = (bytes: number): number => bytes + 1024 ** 2;
