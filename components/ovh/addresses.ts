/** The Pulumi faces of addresses at OVH: their names, the firewall before them, the server they lead to. */
import * as pulumi from "@pulumi/pulumi";
import type { EdgeRule } from "../../provider/ovh/ip/contract";

export type { EdgeRule } from "../../provider/ovh/ip/contract";

/** Arguments of {@link ReverseName}. */
export interface ReverseNameArgs {
  /**
   * IPv4 or IPv6 address of the account; IPv6 in any of its forms.
   * @example "192.0.2.1"
   */
  address: pulumi.Input<string>;
  /**
   * Full host name that the address leads to, at most 79 characters. It must lead to the address itself (A or AAAA), as OVH
   * and receivers of mail want it; the update waits five minutes for that.
   * @example "mail1.example.org"
   */
  name: pulumi.Input<string>;
  /**
   * An output of what publishes the A or AAAA record, as a zone's serial. While a preview does not know it, the record is
   * about to change, and a name that still leads elsewhere is not refused.
   * @default none: a name that leads elsewhere is refused in the preview
   */
  after?: pulumi.Input<unknown>;
}

/**
 * Reverse name (PTR, RFC 1035 section 3.5) of one address. Taken out of the program, the name is removed at OVH, unless
 * somebody has set another one meanwhile.
 */
export class ReverseName extends pulumi.CustomResource {
  /** The block of the account that the address belongs to. */
  declare public readonly block: pulumi.Output<string>;

  constructor(name: string, args: ReverseNameArgs, opts?: pulumi.CustomResourceOptions) {
    super("postfleet:ovh:ReverseName", name, { ...args, block: undefined, published: undefined }, opts);
  }
}

/** Arguments of {@link IpFirewall}. */
export interface IpFirewallArgs {
  /**
   * IPv4 address of the account; OVH has no edge firewall for IPv6.
   * @example "192.0.2.1"
   */
  address: pulumi.Input<string>;
  /**
   * All rules of the address, at most 20. Others that are there are removed.
   * @example edgeRules(site, host)
   */
  rules: pulumi.Input<EdgeRule[]>;
  /**
   * Whether it filters. OVH applies the rules during an attack even when it does not.
   * @default true
   */
  enabled?: pulumi.Input<boolean>;
}

/**
 * OVH's edge firewall before one address: stateless, for traffic from outside OVH's network only. Its rules are replaced
 * one by one in an order that opens nothing meanwhile and keeps SSH going.
 */
export class IpFirewall extends pulumi.CustomResource {
  /** The block of the account that the address belongs to. */
  declare public readonly block: pulumi.Output<string>;

  constructor(name: string, args: IpFirewallArgs, opts?: pulumi.CustomResourceOptions) {
    const { address, enabled = true, rules } = args;
    const bySequence = pulumi.output(rules).apply(rulesBySequence);
    super("postfleet:ovh:IpFirewall", name, { address, enabled, rules: bySequence, block: undefined }, opts);
  }
}

/** A list of rules as the provider takes it, so that a preview names each by its number. */
export function rulesBySequence(rules: EdgeRule[]): Record<string, Omit<EdgeRule, "sequence">> {
  const numbered = rules.map(({ sequence, ...rule }, place) => [String(sequence ?? place), rule] as const);
  const numbers = numbered.map(([number]) => number);
  const twice = [...new Set(numbers.filter((number, place) => numbers.indexOf(number) !== place))];
  if (twice.length > 0) {
    throw new Error(
      `two rules of the edge firewall have the same number: ${twice.join(", ")}\n` +
        "hint: a rule without a sequence has its place in the list as number, counted from 0",
    );
  }
  return Object.fromEntries(numbered);
}

/** Arguments of {@link AdditionalIp}. */
export interface AdditionalIpArgs {
  /**
   * Additional IP block of the account; an address is a block of one.
   * @example "192.0.2.8/32"
   */
  block: pulumi.Input<string>;
  /**
   * Name of the service at OVH that the block leads to. A preview refuses one that OVH does not offer for the block.
   * @example "ns3012345.ip-192-0-2.eu"
   */
  service: pulumi.Input<string>;
  /**
   * One of the next hops that OVH offers for that service.
   * @default OVH's choice
   */
  nexthop?: pulumi.Input<string>;
}

/** Where an additional IP block leads to. It is moved within a minute or two, and never given back. */
export class AdditionalIp extends pulumi.CustomResource {
  /** Name of the service that the block leads to; empty while it is parked. */
  declare public readonly routedTo: pulumi.Output<string>;

  constructor(name: string, args: AdditionalIpArgs, opts?: pulumi.CustomResourceOptions) {
    super("postfleet:ovh:AdditionalIp", name, { ...args, routedTo: undefined }, opts);
  }
}
