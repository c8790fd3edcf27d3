/** One DNS record set (all values of one name and type), independent of who serves it. */
export type RecordType = "A" | "AAAA" | "CAA" | "MX" | "NS" | "PTR" | "SRV" | "TLSA" | "TXT";

/** A record set with the reason why it is there. */
export interface DnsRecord {
  /** Zone of this site that it belongs to; undefined where the name is in a zone of somebody else, who must set it. */
  zone?: string;
  /** Full name without the final dot: "_dmarc.example.org". */
  name: string;
  type: RecordType;
  /** Time to live in seconds. */
  ttl: number;
  /** RDATA as in a zone file, RFC 1035 §5: names with their final dot, TXT quoted and split. */
  values: string[];
  /** What it is good for, in a few words. */
  why: string;
  /** Where it is specified. */
  rfc: string;
  /** `required`: mail fails or is refused without it. `recommended`: it is safer or more convenient with it. */
  level: "required" | "recommended";
}

/** What the records need beyond the site file: public halves of keys, and the ACME account. */
export interface DnsFacts {
  /** DKIM public keys: base64 of SubjectPublicKeyInfo for rsa (RFC 6376), of the bare 32 bytes for ed25519 (RFC 8463). Empty: revoked. */
  dkim: { domain: string; selector: string; algorithm: "rsa" | "ed25519"; publicKey: string }[];
  /** Hostname -> SHA-256 (hex) of the SubjectPublicKeyInfo of every key its certificate may have, RFC 6698. */
  tlsa: Record<string, string[]>;
  /** URI of the ACME account, so that no other account gets a certificate, RFC 8657. */
  acmeAccountUri?: string;
}

/** TXT data: quoted, and split where it is longer than the 255 octets of one character-string, RFC 7208 §3.3. */
export function txt(text: string): string {
  const parts = text.match(/[\s\S]{1,255}/g) ?? [""];
  return parts.map((part) => `"${part.replace(/["\\]/g, "\\$&")}"`).join(" ");
}
