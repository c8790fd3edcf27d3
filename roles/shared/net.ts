/** Addresses and ports as Postfix, nftables and friends want them written. */
import { isIPv6 } from "node:net";
import { nftSet } from "../../quote/config";
import type { Endpoint } from "../define";
import { isLinkAddress, LINK_INTERFACE } from "./link";

/** `10.66.0.11` stays, `fd66::11` becomes `[fd66::11]`: the form of `mynetworks`, URLs and most `host:port` settings. */
export function bracketed(address: string): string {
  return isIPv6(address) ? `[${address}]` : address;
}

/** True for an address that never leaves the host. */
export function isLoopback(address: string): boolean {
  return address === "::1" || address === "localhost" || address.startsWith("127.");
}

/** A next hop for Postfix: brackets say "this very address, no MX lookup". */
export function nextHop(endpoint: Endpoint): string {
  return `[${endpoint.address}]:${endpoint.port}`;
}

/**
 * nftables rules that accept TCP or UDP to `port` from `sources` and from nobody else; loopback is accepted by the base ruleset.
 * Addresses of the link are believed on its interface alone, where nobody can forge them.
 */
export function acceptFrom(sources: string[], port: number, protocol: "tcp" | "udp" = "tcp"): string {
  const rule = (family: string, addresses: string[]) =>
    addresses.length === 0 ? "" : `${family} saddr ${nftSet(addresses)} ${protocol} dport ${port} accept\n`;
  const remote = [...new Set(sources)].filter((address) => !isLoopback(address) && !isLinkAddress(address));
  return (
    rule(
      "ip",
      remote.filter((address) => !isIPv6(address)),
    ) +
    rule("ip6", remote.filter(isIPv6)) +
    rule(`iifname "${LINK_INTERFACE}" ip6`, [...new Set(sources)].filter(isLinkAddress))
  );
}
