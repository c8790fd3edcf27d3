/**
 * The lab's small Internet: a DNS root, the registries `org`, `net` and `example`, the reverse zones, and the foreign
 * provider's zone. All are signed and served by net1 on an address of its own; the site's domains are delegated to mail1.
 *
 * Times to live are short, because tests change things and look again.
 */
import {
  ACME_NAME,
  AUTHORITY,
  FOREIGN_DOMAIN,
  HOSTS,
  ipv4,
  ipv6,
  SITE_DOMAINS,
  SITE_NAMESERVER,
  STS_DOMAINS,
} from "../plan";
import { ds } from "./dnssec";

/** The root's only name server; a name of the root zone itself, so no other zone is needed to find it. */
export const ROOT_SERVER = "root-server.";
/** Time to live of delegations, in seconds: a redeployed site has new keys at once. */
const DELEGATION_TTL = 5;

/** What the foreign provider publishes, RFC 7208, 6376, 7489, 7672 (TLSA), 8461 (MTA-STS), 8460 (TLS-RPT). */
export interface ForeignRecords {
  /** Selector -> value of the DKIM record. */
  dkim: Record<string, string>;
  /** SHA-256 of the MX's public key, hex: data of TLSA 3 1 1. */
  publicKeyHash: string;
}

/** A zone of net1. */
export interface Zone {
  /** Absolute name with the final dot. */
  name: string;
  records: string[];
}

const address = (name: string, number: number, ttl = ""): string[] => [
  `${name} ${ttl} A ${ipv4(number)}`,
  `${name} ${ttl} AAAA ${ipv6(number)}`,
];

const chunks = (text: string): string => (text.match(/.{1,250}/g) ?? []).map((part) => `"${part}"`).join(" ");

/** Name for reverse lookups of a number of the lab. */
export const reverse4 = (number: number): string => `${number}.0.66.10.in-addr.arpa.`;
export function reverse6(number: number): string {
  const groups = ["fd66", "0", "0", "0", "0", "0", "0", String(number)];
  const nibbles = groups.map((group) => group.padStart(4, "0")).join("");
  return `${[...nibbles].reverse().join(".")}.ip6.arpa.`;
}

const delegation = (domain: string): string[] => [`${domain}. ${DELEGATION_TTL} NS ${SITE_NAMESERVER.name}.`];

/** The zones without their SOA, NS and DS records. */
function contents(foreign: ForeignRecords): Zone[] {
  const registry = (suffix: string) => SITE_DOMAINS.filter((d) => d.endsWith(`.${suffix}`)).flatMap(delegation);
  return [
    { name: ".", records: [...address(ROOT_SERVER, AUTHORITY)] },
    {
      name: "org.",
      records: [
        ...registry("org"),
        ...address(`${SITE_NAMESERVER.name}.`, SITE_NAMESERVER.number, String(DELEGATION_TTL)),
      ],
    },
    { name: "net.", records: registry("net") },
    {
      name: "example.",
      records: [
        ...address("net1.lab.example.", 2),
        ...address(`${ACME_NAME}.`, 2),
        ...STS_DOMAINS.flatMap(({ name, mx }) => [
          `${name}. MX 10 ${mx}.`,
          `_mta-sts.${name}. TXT "v=STSv1; id=1"`,
          ...address(`mta-sts.${name}.`, 31),
        ]),
      ],
    },
    {
      name: "arpa.",
      records: HOSTS.flatMap(({ number, hostname }) =>
        [reverse4(number), reverse6(number)].map((name) => `${name} PTR ${hostname}.`),
      ),
    },
    { name: `${FOREIGN_DOMAIN}.`, records: foreignRecords(foreign) },
  ];
}

function foreignRecords({ dkim, publicKeyHash }: ForeignRecords): string[] {
  const domain = `${FOREIGN_DOMAIN}.`;
  const mx = `mx.${domain}`;
  return [
    `${domain} MX 10 ${mx}`,
    ...["mx", "foreign1", "mta-sts"].flatMap((name) => address(`${name}.${domain}`, 31)),
    `${domain} TXT "v=spf1 ip4:${ipv4(31)} ip6:${ipv6(31)} -all"`,
    `_dmarc.${domain} TXT "v=DMARC1; p=reject; adkim=s; aspf=s; rua=mailto:postmaster@${FOREIGN_DOMAIN}"`,
    ...Object.entries(dkim).map(([selector, value]) => `${selector}._domainkey.${domain} TXT ${chunks(value)}`),
    `_25._tcp.${mx} TLSA 3 1 1 ${publicKeyHash}`,
    `_mta-sts.${domain} TXT "v=STSv1; id=1"`,
    `_smtp._tls.${domain} TXT "v=TLSRPTv1; rua=mailto:postmaster@${FOREIGN_DOMAIN}"`,
  ];
}

/** The zone above a zone, among those of the lab. */
function parentOf(name: string, zones: Zone[]): Zone | undefined {
  return zones
    .filter((zone) => zone.name !== name && (zone.name === "." || name.endsWith(`.${zone.name}`)))
    .sort((a, b) => b.name.length - a.name.length)[0];
}

/** All zones, delegated and secured from the root down; `keyOf` gives the private key of a zone in PEM. */
export function zones(foreign: ForeignRecords, keyOf: (zone: string) => string): Zone[] {
  const all = contents(foreign);
  for (const zone of all) {
    zone.records.unshift(
      `${zone.name} SOA ${ROOT_SERVER} hostmaster.lab.example. 1 60 60 86400 ${DELEGATION_TTL}`,
      `${zone.name} NS ${ROOT_SERVER}`,
    );
  }
  for (const { name } of all) {
    parentOf(name, all)?.records.push(`${name} NS ${ROOT_SERVER}`, `${name} DS ${ds(name, keyOf(name))}`);
  }
  return all;
}

/** Names of the zones. */
export const ZONE_NAMES = [".", "org.", "net.", "example.", "arpa.", `${FOREIGN_DOMAIN}.`] as const;

/** A zone file, RFC 1035 section 5. */
export const zoneFile = (zone: Zone): string => `$TTL 60\n${zone.records.join("\n")}\n`;
