/** What the role `bans` is told, and where its parts lie on a host. */

import { DEFAULTS } from "../../site";
import type { Endpoint } from "../define";

/** Arguments of the role `bans`. */
export interface BansArgs {
  /**
   * The judge of logins, which says who is banned.
   * @example { address: "127.0.0.1", port: 12347 }
   */
  judge: Endpoint;
  /**
   * TCP ports at which people log in on this host: a banned address reaches none of them. Never sshd's.
   * @example [465, 587, 993, 4190]
   */
  ports: number[];
  /**
   * Those of them whose connections are counted, by address.
   * @default []
   * @example [993, 4190]
   */
  countedPorts?: number[];
  /**
   * Connections at one time of an address where somebody logged in lately; others have a tenth of it.
   * @default 500
   * @example 2000
   */
  connections?: number;
  /**
   * Addresses and networks that are never banned nor counted: the site's hosts, and those of the site file.
   * @default []
   * @example ["192.0.2.11", "198.51.100.0/24"]
   */
  allowed?: string[];
}

/** The arguments with every default filled in. */
export type BansSettings = Required<BansArgs>;

/** Fill in the defaults; refuse what would lock out the operator. */
export function bansSettings(args: BansArgs): BansSettings {
  if (args.ports.length === 0)
    throw new Error("bans: no port is given. Allowed is a list of TCP ports at which people log in");
  return {
    ...args,
    countedPorts: args.countedPorts ?? [],
    connections: args.connections ?? DEFAULTS.bans.connections,
    allowed: args.allowed ?? [],
  };
}

/** Its user; the number is fixed, since the firewall names it before the user is there. */
export const USER = { name: "postfleet-bans", id: 5001 } as const;
/** The table of nftables, as a file that can be loaded again and again. */
export const RULES = "/etc/postfleet/bans.nft";
/** The program. */
export const ENFORCER = "/usr/local/lib/postfleet/bans-enforce";
/** Its unit. */
export const UNIT = "postfleet-bans.service";
