/** What the edge MTA is told. Addresses of other roles are told here: none of them is assumed to be on the same host. */

import { DEFAULTS } from "../../site";
import type { Endpoint } from "../define";
import type { AddressBook } from "../shared/addresses";
import { PORTS } from "../shared/paths";

/** Arguments of the role `mx`, plus the address book whose recipients it accepts. */
export interface MxArgs extends AddressBook {
  /**
   * Fully qualified name of the host: greeting, HELO, certificate, trace headers.
   * @example "mail1.example.org"
   */
  hostname: string;
  /**
   * The relay that takes accepted mail.
   * @example { address: "10.66.0.11", port: 10025 }
   */
  relay: Endpoint;
  /**
   * The filter's milter, asked before a message is accepted. When it does not answer, mail is put off (4xx).
   * @default { address: "127.0.0.1", port: 11332 }
   * @example { address: "10.66.0.12", port: 11332 }
   */
  milter?: Endpoint;
  /**
   * IPv4 and IPv6 addresses of all hosts of the site; they skip postscreen and the limits, and nothing else.
   * @default []
   * @example ["10.66.0.11", "fd66::11"]
   */
  siteHosts?: string[];
  /**
   * Fully qualified names of all hosts of the site: nobody outside may say HELO with one of them.
   * @default [hostname]
   * @example ["mail1.example.org", "back1.example.org"]
   */
  siteHostnames?: string[];
  /**
   * DNS block lists asked by postscreen, with the score that a listing adds. Each has terms of use of its own.
   * @default [] (none)
   * @example [{ zone: "zen.spamhaus.org", weight: 3 }]
   */
  blockLists?: { zone: string; weight: number }[];
  /**
   * Sum of weights at which a client is refused.
   * @default 3
   * @example 5
   */
  blockListThreshold?: number;
  /**
   * Wait before the greeting in seconds: who talks first is a bot. 0 turns the test off.
   * @default 6
   * @example 2
   */
  greetWait?: number;
  /**
   * Largest message in bytes, announced to senders by RFC 1870.
   * @default 52428800 (50 MiB)
   * @example 26214400
   */
  messageSizeLimit?: number;
  /**
   * What one client address may do: connections at once, and new connections in a minute. Beyond it: 421, try later.
   * @default { connections: 50, perMinute: 300 }
   * @example { connections: 20, perMinute: 60 }
   */
  clientLimits?: { connections: number; perMinute: number };
}

/** The arguments with every default filled in. */
export type MxSettings = Required<MxArgs>;

/** Fill in the defaults. */
export function mxSettings(args: MxArgs): MxSettings {
  return {
    ...args,
    milter: args.milter ?? { address: "127.0.0.1", port: PORTS.milter },
    siteHosts: args.siteHosts ?? [],
    siteHostnames: args.siteHostnames ?? [args.hostname],
    blockLists: args.blockLists ?? [],
    blockListThreshold: args.blockListThreshold ?? 3,
    greetWait: args.greetWait ?? DEFAULTS.greetWait,
    messageSizeLimit: args.messageSizeLimit ?? DEFAULTS.messageSizeLimit,
    clientLimits: args.clientLimits ?? { connections: 50, perMinute: 300 },
  };
}
