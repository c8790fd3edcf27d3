/** Records of a zone as the API shows them. */

/** Types of the official description; the last three came in 2026. */
export const FIELD_TYPES = [
  ..."A AAAA CAA CNAME DKIM DMARC DNAME LOC MX NAPTR NS PTR SPF SRV SSHFP TLSA TXT".split(" "),
  ..."HTTPS SVCB RP".split(" "),
];

export interface ZoneRecord {
  id: number;
  zone: string;
  fieldType: string;
  /** Relative to the zone; empty for its apex. */
  subDomain: string;
  target: string;
  /** Seconds; 0 for the zone's default. */
  ttl: number;
}

/** What a record is made from. */
export interface NewRecord {
  fieldType: string;
  subDomain?: string;
  target: string;
  ttl?: number;
}

export interface Soa {
  server: string;
  email: string;
  serial: number;
  refresh: number;
  expire: number;
  nxDomainTtl: number;
  /** Default of records whose own is 0. */
  ttl: number;
}
