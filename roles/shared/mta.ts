/** What every MTA of the site is told. */
import { addressesOf, postmaster, presentHosts, type SiteSpec } from "../../site";
import type { Endpoint, RoleContext } from "../define";
import { linkAddress } from "./link";

/** Names by which the site's hosts speak. */
export const siteHostnames = (site: SiteSpec): string[] => presentHosts(site).map(({ hostname }) => hostname);

/** Facts that every MTA is told, and the address book. */
export const mta = ({ site, host, peers }: Pick<RoleContext, "site" | "host" | "peers">) => ({
  hostname: host.hostname,
  // All hosts of the site that are there; those that come by the link show another address.
  siteHosts: [...addressesOf(presentHosts(site)), ...peers.map((peer) => linkAddress(site, peer))],
  domains: site.domains,
  accounts: site.accounts,
  postmaster: postmaster(site),
});

/** The first endpoint of a use that the role cannot do without. */
export function required({ endpoints, host }: RoleContext, use: string): Endpoint {
  const [first] = endpoints[use] ?? [];
  if (first) return first;
  // Nothing is sent to a lost host, and those that it used may be lost with it.
  if (host.lost) return { address: "127.0.0.1", port: 0 };
  throw new Error(
    `${host.name}: no host of the site offers what a role there uses as "${use}"\n` +
      "hint: give a host the role that offers it; `postfleet validate` says which",
  );
}
