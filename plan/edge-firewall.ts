/**
 * Rules for OVH's edge firewall from what the instances of a host listen to: what nftables lets in from outside, and what a
 * stateless firewall must let pass besides, because it knows nothing of connections.
 */
import { type EdgeRule, MOST_RULES } from "../provider/ovh/ip/contract";
import type { Check, SiteSpec } from "../site";
import type { Plan, PlannedHost } from "./types";

/**
 * The rules for a host, in their order, the final deny last. More than OVH takes come out only where more hosts elsewhere need
 * to reach this one than there is room for; {@link edgeLimit} refuses such a site.
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

  // One rule a host and protocol, not one a port: there are few. nftables knows the ports.
  const present = hosts.filter(({ lost, name }) => !lost && name !== host.name);
  const at = new Map(present.flatMap((one) => one.addresses.map((address) => [address, one] as const)));
  const inner = listeners
    .filter(({ to }) => to !== "world")
    .flatMap(({ protocol = "tcp", from = [] }) =>
      from.flatMap((address) => {
        const peer = at.get(address);
        return peer ? [{ peer, protocol }] : [];
      }),
    );
  const peers = [...new Map(inner.map((one) => [`${one.protocol} ${one.peer.name}`, one])).values()];
  const room = MOST_RULES - around.length - ports.length - answers.length - 1;
  // The edge sees nothing of the traffic within OVH's network: those hosts need no rule, and get one only where there is room.
  const needed = peers.length <= room ? peers : peers.filter(({ peer }) => !peer.atOvh);
  const from = needed.map(({ peer, protocol }) => permit({ protocol, source: peer.addresses[0] }));
  return [...around, ...ports, ...answers, ...from, last];
}

/** A host behind the edge firewall needs no more rules than OVH has. It is told how plans are made. */
export const edgeLimit = (plan: (site: SiteSpec) => Plan): Check => ({
  rule: `A host with \`ovh.firewall\` needs at most ${MOST_RULES} rules: those for its open ports, and one for each host elsewhere that uses what is not open to all.`,
  run({ site, draft, problems }) {
    const behind = site.hosts.filter(({ ovh, lost }) => ovh?.firewall && !lost);
    if (behind.length === 0) return;
    const made = plan(site);
    for (const host of behind) {
      const rules = edgeRules(made, host);
      if (rules.length <= MOST_RULES) continue;
      const sources = rules.flatMap(({ source }) => source ?? []);
      const at = draft.hosts?.find(({ key }) => key === host.name)?.at ?? ["hosts"];
      problems.add([...at, "ovh", "firewall"], {
        message: `the edge firewall would need ${rules.length} rules, ${sources.length} of them for hosts that are not at OVH`,
        allowed: `at most ${MOST_RULES} rules`,
        hint:
          `let ${rules.length - MOST_RULES} fewer hosts elsewhere use ${host.name}, move some of its roles to another host, ` +
          "or write `firewall: false`: nftables on the host lets in the same without it",
      });
    }
  },
});
