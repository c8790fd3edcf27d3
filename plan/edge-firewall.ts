/**
 * Rules for OVH's edge firewall from what the instances of a host listen to: what nftables lets in from outside, and what a
 * stateless firewall must let pass besides, because it knows nothing of connections.
 */
import type { EdgeRule } from "../provider/ovh/ip/contract";
import type { Plan, PlannedHost } from "./types";

/** OVH's limit for one address. */
const MOST_RULES = 20;

/**
 * The rules for a host, in their order, the final deny last. More than 20 come out only where more hosts elsewhere need to
 * reach this one than OVH has rules for; the resource refuses them.
 */
export function edgeRules({ hosts, instances }: Plan, host: Pick<PlannedHost, "name">): EdgeRule[] {
  const listeners = instances.filter((one) => one.host === host.name).flatMap(({ listens }) => listens);
  const permit = (rule: Omit<EdgeRule, "action">): EdgeRule => ({ action: "permit", ...rule });
  const around: EdgeRule[] = [
    // First, because nearly every packet is one of these: connections that exist, also those that the host has opened.
    permit({ protocol: "tcp", established: true }),
    // Path MTU discovery and ping; without them mail with large attachments stalls.
    permit({ protocol: "icmp" }),
  ];
  const open = listeners.filter(({ to }) => to === "world");
  const ports = open.map(({ protocol = "tcp", port }) => permit({ protocol, destinationPort: port }));
  const answers: EdgeRule[] = [
    // Answers to the host's own resolver and clock. nftables lets in only those that were asked for.
    permit({ protocol: "udp", sourcePort: 53 }),
    permit({ protocol: "udp", sourcePort: 123 }),
  ];
  const last: EdgeRule = { action: "deny", protocol: "ipv4" };

  const inner = listeners.filter(({ to }) => to !== "world").flatMap(({ from = [] }) => from);
  const present = hosts.filter(({ lost }) => !lost);
  const at = new Map(present.flatMap((one) => one.addresses.map((address) => [address, one] as const)));
  const peers = [...new Set(inner.flatMap((address) => at.get(address) ?? []))].filter(
    ({ name }) => name !== host.name,
  );
  const room = MOST_RULES - around.length - ports.length - answers.length - 1;
  // The edge sees nothing of the traffic within OVH's network: those hosts need no rule, and get one only where there is room.
  const needed = peers.length <= room ? peers : peers.filter(({ atOvh }) => !atOvh);
  const from = needed.map((peer) => permit({ protocol: "tcp", source: peer.addresses[0] }));
  return [...around, ...ports, ...answers, ...from, last];
}
