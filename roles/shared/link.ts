/** The site link: where hosts of a site reach one another, each under an address of its own (roles/link, plan/peers.ts). */
import { createHash } from "node:crypto";
import { addressesOf, type HostSpec, type SiteSpec } from "../../site";

/** Name of the WireGuard interface on every host. */
export const LINK_INTERFACE = "postfleet";

/** Random, once and for all: by it one sees that an address is one of the link. A unique local prefix, RFC 4193 section 3.1. */
const PREFIX = "fdc4:79ab:8be1:";

/** The first digits of a hash, in groups of 16 bits as IPv6 writes them. */
const groups = (text: string, count: number): string =>
  (createHash("sha256").update(text).digest("hex").match(/.{4}/g) ?? [])
    .slice(0, count)
    .map((digits) => Number.parseInt(digits, 16).toString(16))
    .join(":");

/**
 * Address of a host inside the link: it follows from the names of site and host alone, so that a host that comes or goes moves
 * no other. Hosts of a site share a /64.
 */
export const linkAddress = ({ site }: SiteSpec, { name }: HostSpec): string =>
  `${PREFIX}${groups(site, 1)}:${groups(`${site} ${name}`, 4)}`;

/** Whether an address is one of the link: it counts only on the link's interface. */
export const isLinkAddress = (address: string): boolean => address.startsWith(PREFIX);

/** Addresses by which hosts turn to a role of this one: by the link, and the host itself by any of its own. */
export const clientAddresses = (
  { site, host }: { site: SiteSpec; host: HostSpec },
  clients: readonly HostSpec[],
): string[] =>
  clients.flatMap((client) => (client.name === host.name ? addressesOf([client]) : [linkAddress(site, client)]));
