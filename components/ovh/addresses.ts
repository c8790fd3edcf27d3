/** The Pulumi faces of addresses at OVH: their names, the firewall before them, the server they lead to. */
import * as pulumi from "@pulumi/pulumi";
import type {
  AdditionalIpInputs,
  AdditionalIpOutputs,
  EdgeRule,
  IpFirewallInputs,
  IpFirewallOutputs,
  ReverseNameInputs,
  ReverseNameOutputs,
  Rules,
} from "../../provider/ovh/ip/contract";
import type { InputsOf } from "../resources/inputs";

export type { EdgeRule } from "../../provider/ovh/ip/contract";

/** Arguments of {@link ReverseName}. */
export type ReverseNameArgs = InputsOf<ReverseNameInputs>;

/**
 * Reverse name (PTR, RFC 1035 section 3.5) of one address. Taken out of the program, the name is removed at OVH, unless
 * somebody has set another one meanwhile.
 */
export class ReverseName extends pulumi.CustomResource {
  /** The block of the account that the address belongs to. */
  declare public readonly block: pulumi.Output<Required<ReverseNameOutputs>["block"]>;

  constructor(name: string, args: ReverseNameArgs, opts?: pulumi.CustomResourceOptions) {
    super("postfleet:ovh:ReverseName", name, { ...args, block: undefined, published: undefined }, opts);
  }
}

/** Arguments of {@link IpFirewall}. */
export interface IpFirewallArgs extends InputsOf<Omit<IpFirewallInputs, "rules">> {
  /**
   * All rules of the address, at most 20. Others that are there are removed.
   * @example edgeRules(site, host)
   */
  rules: pulumi.Input<EdgeRule[]>;
}

/**
 * OVH's edge firewall before one address: stateless, for traffic from outside OVH's network only. Its rules are replaced
 * one by one in an order that opens nothing meanwhile and keeps SSH going.
 */
export class IpFirewall extends pulumi.CustomResource {
  /** The block of the account that the address belongs to. */
  declare public readonly block: pulumi.Output<Required<IpFirewallOutputs>["block"]>;

  constructor(name: string, args: IpFirewallArgs, opts?: pulumi.CustomResourceOptions) {
    const { address, enabled = true, rules } = args;
    const bySequence = pulumi.output(rules).apply(rulesBySequence);
    super("postfleet:ovh:IpFirewall", name, { address, enabled, rules: bySequence, block: undefined }, opts);
  }
}

/** A list of rules as the provider takes it, so that a preview names each by its number. */
export function rulesBySequence(rules: EdgeRule[]): Rules {
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
export type AdditionalIpArgs = InputsOf<AdditionalIpInputs>;

/** Where an additional IP block leads to. It is moved within a minute or two, and never given back. */
export class AdditionalIp extends pulumi.CustomResource {
  /** Name of the service that the block leads to; empty while it is parked. */
  declare public readonly routedTo: pulumi.Output<AdditionalIpOutputs["routedTo"]>;

  constructor(name: string, args: AdditionalIpArgs, opts?: pulumi.CustomResourceOptions) {
    super("postfleet:ovh:AdditionalIp", name, { ...args, routedTo: undefined }, opts);
  }
}
