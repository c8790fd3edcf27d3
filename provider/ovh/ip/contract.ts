/** What addresses at OVH are declared with. */

/** One rule of OVH's edge firewall. The first that matches decides; what none matches passes. */
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
