/**
 * The plan of the lab: its hosts, addresses, names and places. Everything else in this folder reads it from here.
 *
 * The names, the network and the places belong to the lab alone; one machine carries one lab.
 */

/** What a host of the lab is for. */
export type LabRole =
  | "site"
  | "backup-location"
  | "resolver"
  | "dns-root"
  | "acme"
  | "foreign-provider"
  | "ovh"
  | "ovh-server";

/** One host of the lab: a Debian 13 in a network namespace of its own. */
export interface LabHost {
  name: string;
  /** Last part of its addresses: 10.66.0.N and fd66::N. */
  number: number;
  roles: LabRole[];
  /** Fully qualified name, also its reverse DNS. */
  hostname: string;
  /** Bare hosts get no more than Debian: the product deploys to them. The others are set up by the lab itself. */
  bare: boolean;
}

const NETWORK4 = "10.66.0";
const NETWORK6 = "fd66:";

/** IPv4 address of a number in the lab's network. */
export const ipv4 = (number: number): string => `${NETWORK4}.${number}`;
/** IPv6 address of a number in the lab's network. */
export const ipv6 = (number: number): string => `${NETWORK6}:${number}`;

export const SUBNET4 = `${NETWORK4}.0/24`;
export const SUBNET6 = `${NETWORK6}:/64`;

/** The validating resolver that every host asks: net1. */
export const RESOLVER = { ipv4: ipv4(2), ipv6: ipv6(2) } as const;

/** The bridge, and the gateway of all hosts. */
export const BRIDGE = "pflab0";
export const BRIDGE_MAC = "02:66:0a:42:00:01";
export const GATEWAY = 1;
/** The nftables table of the lab on the outer machine. */
export const NFT_TABLE = "pflab";

/** Second address of net1: the authoritative name server of the DNS root, the registries and the foreign provider. */
export const AUTHORITY = 3;

export const HOSTS: readonly LabHost[] = [
  { name: "net1", number: 2, roles: ["resolver", "dns-root", "acme"], hostname: "net1.lab.example", bare: false },
  { name: "mail1", number: 11, roles: ["site"], hostname: "mail1.example.org", bare: true },
  { name: "back1", number: 21, roles: ["backup-location"], hostname: "back1.example.org", bare: true },
  { name: "foreign1", number: 31, roles: ["foreign-provider"], hostname: "mx.foreign.example", bare: false },
];

/** OVH's side of the lab, on demand: name servers of customers' zones, and the backup storage. */
export const OVH_HOST: LabHost = {
  ...{ name: "ovh1", number: 41, roles: ["ovh"], hostname: "dns.ovh.example", bare: false },
};
/** OVH's dedicated servers: without a system until the API is asked to install one. */
export const OVH_SERVERS: readonly LabHost[] = [
  { name: "srv1", number: 51, roles: ["ovh-server"], hostname: "srv1.ovh.example", bare: true },
  { name: "srv2", number: 52, roles: ["ovh-server"], hostname: "srv2.ovh.example", bare: true },
];
/** Every host that this lab may have. */
export const ALL_HOSTS: readonly LabHost[] = [...HOSTS, OVH_HOST, ...OVH_SERVERS];

/** The host of that name; an error that lists the names otherwise. */
export function hostNamed(name: string): LabHost {
  const host = ALL_HOSTS.find((candidate) => candidate.name === name);
  if (!host)
    throw new Error(`there is no host "${name}" in the lab; its hosts: ${ALL_HOSTS.map((h) => h.name).join(", ")}`);
  return host;
}

/** Name of a host's network namespace and of its machine. */
export const machineName = (host: LabHost): string => `pflab-${host.name}`;
/** Outer end of a host's veth pair; 15 characters at most. */
export const vethName = (host: LabHost): string => `pf-${host.name}`;

/** Name of the ACME server, RFC 8555, on net1. */
export const ACME_NAME = "acme.lab.example";
export const ACME_PORT = 14000;
export const ACME_DIRECTORY = `https://${ACME_NAME}:${ACME_PORT}/dir`;
/** Pebble's management interface, which hands out the root certificate of what it issues. */
export const ACME_MANAGEMENT_PORT = 15000;

/** The foreign provider's domain and its users. */
export const FOREIGN_DOMAIN = "foreign.example";
export const FOREIGN_USERS = ["zoe", "yves"] as const;

/** A further domain of the foreign provider, with an MTA-STS policy (RFC 8461) that is to be enforced. */
export interface StsDomain {
  name: string;
  /** Where its mail goes: `mx.foreign.example` has TLSA records, `foreign1.foreign.example`, the same host, has none. */
  mx: string;
  /** The only MX that the policy allows. */
  policyMx: string;
}

/** Domains whose mail goes to the foreign provider's first user, if it goes at all. */
export const STS_DOMAINS: readonly StsDomain[] = [
  { name: "sts-good.example", mx: "foreign1.foreign.example", policyMx: "foreign1.foreign.example" },
  { name: "sts-bad.example", mx: "foreign1.foreign.example", policyMx: "mx.elsewhere.example" },
  { name: "sts-dane.example", mx: "mx.foreign.example", policyMx: "mx.elsewhere.example" },
];

/** Domains of the site on mail1, delegated to it by the lab's registries. */
export const SITE_DOMAINS = ["example.org", "example.net"] as const;
/** Name servers of the site's domains. */
export const SITE_NAMESERVER = { name: "ns1.example.org", number: 11 } as const;

/** OVH's name servers: name -> number of its address, both on ovh1. */
export const OVH_NAMESERVERS = { "dns.ovh.example": 41, "ns.ovh.example": 42 } as const;
/** Name of the backup storage, on ovh1. */
export const OVH_STORAGE = "ftpback.ovh.example";
/** Domains of the site at OVH, delegated to OVH's name servers. */
export const OVH_DOMAINS = ["campus.example", "campus-lists.example"] as const;
/** Number of the additional address that can be moved between OVH's servers. */
export const OVH_ADDITIONAL = 60;
/** The fake API listens on the gateway's address alone. */
export const OVH_API_PORT = 8443;

/** What this lab is made of; removed by `lab down --purge`. */
export const STATE_DIRECTORY = "/var/lib/postfleet-lab";
/** Images and packages, good for every lab on this machine. Safe to remove while no lab runs. */
export const CACHE_DIRECTORY = "/var/cache/postfleet-lab";
