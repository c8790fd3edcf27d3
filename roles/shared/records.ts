/** DNS record sets as roles give rise to them: independent of who serves them, and of keys that are still to be made. */
import { zoneStrings } from "../../quote/text";

export type RecordType = "A" | "AAAA" | "CAA" | "CNAME" | "MX" | "NS" | "PTR" | "SRV" | "SSHFP" | "TLSA" | "TXT";

/** What every record set says of itself. */
interface Described {
  type: RecordType;
  /** What it is good for, in a few words. */
  why: string;
  /** Where it is specified. */
  rfc: string;
  /** `required`: mail fails or is refused without it. `recommended`: it is safer or more convenient with it. */
  level: "required" | "recommended";
}

/** Where a record set stands. */
interface InZone {
  /** Zone of this site that it belongs to; undefined where the name is in a zone of somebody else, who must set it. */
  zone?: string;
  /** Time to live in seconds. */
  ttl: number;
}

/** One record set (all values of one name and type) with the reason why it is there. */
export interface DnsRecord extends Described, InZone {
  /** Full name without the final dot: "_dmarc.example.org". */
  name: string;
  /** RDATA as in a zone file, RFC 1035 §5: names with their final dot, TXT quoted and split. */
  values: string[];
}

/** A value that each key of a ring has its own of; `{selector}` and `{publicKey}` stand for the key's, see {@link KeyFact}. */
export interface KeyedValue {
  /** Id of the ring, or of the ACME account. */
  key: string;
  /** RDATA; of a TXT record the text, neither quoted nor split. */
  value: string;
}

/** A record set as a role wants it. A name with `{selector}` stands for one set a key. */
export interface Draft extends Described {
  name: string;
  values: readonly (string | KeyedValue)[];
}

/** The same, where it stands. */
export type PlannedRecord = Draft & InZone;

/** What the record of a key says, by the names of the places it is put in. An empty public key: revoked. */
export type KeyFact = Readonly<Record<string, string>>;
/** All keys that are published, by ring. */
export type KeyFacts = Readonly<Record<string, readonly KeyFact[]>>;

/** Id of the ACME account among {@link KeyFacts}: its one fact is `accountUri`. */
export const ACME_ACCOUNT = "acme";

/** TXT data: quoted, and split where it is longer than the 255 octets of one character-string, RFC 7208 §3.3. */
export const txt = (text: string): string => zoneStrings(Buffer.from(text));

/** An SRV record by which clients find a server from the address alone. A target "." says: not here. */
export const srv = (service: string, domain: string, target: string, rfc: string, why: string): Draft => ({
  name: `_${service}._tcp.${domain}`,
  type: "SRV",
  values: [target],
  why,
  rfc,
  level: "recommended",
});

/**
 * TLSA 3 1 1, RFC 7672: the key is pinned, not the certificate, so that renewals change nothing. `hosts` are those that answer
 * under the name.
 */
export const tlsa = (port: number, name: string, hosts: readonly { name: string }[], why: string): Draft => ({
  name: `_${port}._tcp.${name}`,
  type: "TLSA",
  values: hosts.map((host) => ({ key: tlsRing(host), value: "3 1 1 {publicKey}" })),
  why,
  rfc: port === 25 ? "RFC 7672" : "RFC 7671",
  level: "recommended",
});

/** Id of the ring of a host's certificate keys. */
export const tlsRing = (host: { name: string }): string => `tls-${host.name}`;
