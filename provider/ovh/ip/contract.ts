/** What addresses at OVH are declared with. */

/** OVH's limit of edge rules for one address; they have the numbers 0 to 19, and the first that matches decides. */
export const MOST_RULES = 20;

/** One rule of OVH's edge firewall. What none matches passes. */
export interface EdgeRule {
  /**
   * Number from 0 to 19, the order of the rules.
   * @default its place in the list
   */
  sequence?: number;
  action: "permit" | "deny";
  /** "ipv4" stands for every protocol. */
  protocol: "tcp" | "udp" | "icmp" | "ipv4" | "ah" | "esp" | "gre";
  /**
   * IPv4 address or network.
   * @default anywhere
   * @example "203.0.113.0/24"
   */
  source?: string;
  /**
   * Port of the sender, TCP and UDP only. OVH takes no ranges.
   * @example 53
   */
  sourcePort?: number;
  /**
   * Port of ours, TCP and UDP only. OVH takes no ranges.
   * @example 25
   */
  destinationPort?: number;
  /**
   * Only TCP segments of connections that exist (ACK or RST set).
   * @default false
   */
  established?: boolean;
}

/** One rule, without its sequence number, as the resource has it: what OVH shows may be more than we ever write. */
export interface Rule extends Omit<EdgeRule, "sequence" | "protocol" | "sourcePort" | "destinationPort"> {
  protocol: string;
  /** A string is what OVH shows and we never write, such as a range. */
  sourcePort?: number | string;
  destinationPort?: number | string;
}

/** Sequence number -> rule, so that a preview names each by its number. */
export type Rules = Record<string, Rule>;

/** Inputs of `ovh:IpFirewall`. */
export interface IpFirewallInputs {
  /**
   * IPv4 address of the account; OVH has no edge firewall for IPv6.
   * @example "192.0.2.1"
   */
  address: string;
  /** All rules of the address, at most 20. Others that are there are removed. */
  rules: Rules;
  /**
   * Whether it filters. OVH applies the rules during an attack even when it does not.
   * @default true
   */
  enabled?: boolean;
}

/** Outputs of `ovh:IpFirewall`. */
export interface IpFirewallOutputs extends IpFirewallInputs {
  /** The block of the account that the address belongs to. Absent while a preview does not know the address. */
  block?: string;
}

/** Inputs of `ovh:ReverseName`. */
export interface ReverseNameInputs {
  /**
   * IPv4 or IPv6 address of the account; IPv6 in any of its forms.
   * @example "192.0.2.1"
   */
  address: string;
  /**
   * Full host name that the address leads to, at most 79 characters. It must lead to the address itself (A or AAAA), as OVH
   * and receivers of mail want it; the update waits five minutes for that.
   * @example "mail1.example.org"
   */
  name: string;
  /**
   * An output of what publishes the A or AAAA record, as a zone's serial. While a preview does not know it, the record is
   * about to change, and a name that still leads elsewhere is not refused.
   * @default none: a name that leads elsewhere is refused in the preview
   */
  after?: unknown;
}

/** Outputs of `ovh:ReverseName`. */
export interface ReverseNameOutputs extends ReverseNameInputs {
  /** The block of the account that the address belongs to. Absent while a preview does not know the address. */
  block?: string;
  /** The name that we set last: one that somebody set since is not ours. */
  published?: string;
}

/** Inputs of `ovh:AdditionalIp`. */
export interface AdditionalIpInputs {
  /**
   * Additional IP block of the account; an address is a block of one.
   * @example "192.0.2.8/32"
   */
  block: string;
  /**
   * Name of the service at OVH that the block leads to. A preview refuses one that OVH does not offer for the block.
   * @example "ns3012345.ip-192-0-2.eu"
   */
  service: string;
  /**
   * One of the next hops that OVH offers for that service.
   * @default OVH's choice
   */
  nexthop?: string;
}

/** Outputs of `ovh:AdditionalIp`. */
export interface AdditionalIpOutputs extends AdditionalIpInputs {
  /** Name of the service that the block leads to; empty while it is parked. */
  routedTo: string;
}
