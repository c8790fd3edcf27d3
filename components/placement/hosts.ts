/** Facts of the site's hosts, as roles are told them. */

import type { Endpoint } from "../../roles/shared/net";
import { addressesOf, type HostSpec, hostsWith, presentHosts, primaryDomain, type SiteSpec } from "../../site";

/** How `from` reaches the first host of a role: by loopback where it is the same host. */
export function endpoint(
  site: SiteSpec,
  from: HostSpec,
  role: "relay" | "mailstore" | "submission" | "filter",
  port: number,
): Endpoint {
  const [target] = hostsWith(site, role);
  return { address: !target || target.name === from.name ? "127.0.0.1" : target.address, port };
}

/** As `host:port`. */
export const text = ({ address, port }: Endpoint): string => `${address}:${port}`;

/** Whom the servers themselves write to. */
export const postmaster = (site: SiteSpec): string => `postmaster@${primaryDomain(site)}`;

/** Facts that every MTA of the site is told. */
export function mta(site: SiteSpec, host: HostSpec) {
  return {
    hostname: host.hostname,
    siteHosts: addressesOf(presentHosts(site)),
    domains: site.domains,
    accounts: site.accounts,
    postmaster: postmaster(site),
  };
}

/** Names by which the site's hosts speak. */
export const siteHostnames = (site: SiteSpec) => presentHosts(site).map(({ hostname }) => hostname);
