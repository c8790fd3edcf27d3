/**
 * Rules for OVH's edge firewall from the roles of a host: what nftables lets in from outside, and what a stateless firewall
 * must let pass besides, because it knows nothing of connections.
 */

import type { EdgeRule } from "../components/ovh/addresses";
import { holdsData, rolesOf } from "../components/roles";
import type { PlatformRole } from "../components/rollout";
import { type HostSpec, hostsWith, type SiteSpec } from "../site";

/** OVH's limit for one address. */
const MOST_RULES = 20;

interface Port {
  protocol: "tcp" | "udp";
  port: number;
}
const tcp = (...ports: number[]): Port[] => ports.map((port) => ({ protocol: "tcp", port }));

/** What a role opens to everybody. */
function openTo(role: PlatformRole, site: SiteSpec): Port[] {
  switch (role) {
    case "certificates":
      return tcp(80);
    case "mx":
      return tcp(25);
    case "submission":
      return tcp(465, 587);
    case "mailstore":
      return tcp(993, ...(site.mailstore.pop3 ? [995] : []), 4190);
    case "webmail":
      return tcp(443);
    case "nameserver":
      return [...tcp(53), { protocol: "udp", port: 53 }];
    default:
      return [];
  }
}

/** Hosts of the site that a role's inner ports are open to. */
function reachedBy(role: PlatformRole, site: SiteSpec): HostSpec[] {
  switch (role) {
    case "relay":
    case "submission":
      return site.hosts;
    case "filter":
      return hostsWith(site, "mailstore");
    case "mailstore":
      return [...hostsWith(site, "relay"), ...hostsWith(site, "submission")];
    case "backup":
      return site.hosts.filter(holdsData);
    default:
      return [];
  }
}

/**
 * The rules for a host, in their order, the final deny last. More than 20 come out only where more hosts elsewhere need to
 * reach this one than OVH has rules for; the resource refuses them.
 */
export function edgeRules(site: SiteSpec, host: HostSpec): EdgeRule[] {
  const roles = rolesOf(site, host);
  const permit = (rule: Omit<EdgeRule, "action">): EdgeRule => ({ action: "permit", ...rule });
  const around: EdgeRule[] = [
    // First, because nearly every packet is one of these: connections that exist, also those that the host has opened.
    permit({ protocol: "tcp", established: true }),
    // Path MTU discovery and ping; without them mail with large attachments stalls.
    permit({ protocol: "icmp" }),
    permit({ protocol: "tcp", destinationPort: host.sshPort }),
  ];
  const open = roles.flatMap((role) => openTo(role, site));
  const ports = open.map(({ protocol, port }) => permit({ protocol, destinationPort: port }));
  const answers: EdgeRule[] = [
    // Answers to the host's own resolver and clock. nftables lets in only those that were asked for.
    permit({ protocol: "udp", sourcePort: 53 }),
    permit({ protocol: "udp", sourcePort: 123 }),
  ];
  const last: EdgeRule = { action: "deny", protocol: "ipv4" };

  const peers = [...new Set(roles.flatMap((role) => reachedBy(role, site)))].filter(
    (peer) => peer.name !== host.name && !peer.lost,
  );
  const room = MOST_RULES - around.length - ports.length - answers.length - 1;
  // The edge sees nothing of the traffic within OVH's network: those hosts need no rule, and get one only where there is room.
  const needed = peers.length <= room ? peers : peers.filter((peer) => peer.ovh === undefined);
  const from = needed.map((peer) => permit({ protocol: "tcp", source: peer.address }));
  return [...around, ...ports, ...answers, ...from, last];
}
