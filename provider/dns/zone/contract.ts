/** What programs tell `postfleet:dns:Zone`, and what they hear of it. */

/** Who serves the zone. The secrets for it are in the provider's configuration, never here. */
export type BackendSpec =
  /** OVHcloud's DNS, by its API. */
  | { kind: "ovh" }
  /** A PowerDNS authoritative server, by its HTTP API: `url` as "https://ns1.example.org:8081", `server` is "localhost" by default. */
  | { kind: "powerdns"; url: string; server?: string }
  /** Nobody that Postfleet could ask: the zone file is an output, and a person puts it where it belongs. */
  | { kind: "none" };

/** One record set as the program writes it. */
export interface RecordSetSpec {
  /** Time to live in seconds. Default: that of the zone. */
  ttl?: number;
  /** RDATA as in a zone file, RFC 1035 §5: names with their final dot, TXT quoted. */
  values: string[];
}

/** Record sets by "<name> <TYPE>", as "example.org MX": a map, so that a preview names exactly what changes. */
export type RecordSets = Record<string, RecordSetSpec>;

/** The inputs of `postfleet:dns:Zone`. */
export interface ZoneInputs {
  /** Name of the zone without the final dot: "example.org". */
  zone: string;
  /** Who serves it. Another kind is another resource: the records are made at the new one, then removed at the old one. */
  backend: BackendSpec;
  /** Time to live of record sets that have none of their own, in seconds. Default 3600. */
  ttl?: number;
  /** Record sets by "<name> <TYPE>". Values may be unknown in a preview, as keys are before they are made. */
  records: RecordSets;
  /**
   * True: OVH signs the zone, switched on once the records are served; with other backends it is refused. Left out, DNSSEC
   * stays as it is, and nothing ever switches it off: a DS record that another registrar still has would make the whole zone
   * bogus (RFC 4035 section 5). False is only what a read saw. Default left out.
   */
  dnssec?: boolean;
  /**
   * Sets of others that may be replaced or removed, as "example.org MX". Without it whatever Postfleet did not make is left
   * alone, and refused where it is in the way. Default none.
   */
  takeOver?: string[];
}

/** The outputs: the inputs but for `records`, which once written are `owned`. */
export interface ZoneOutputs extends Omit<ZoneInputs, "records"> {
  /** The record sets that we wrote last: what is ours, whatever somebody did to it since. A state of an import owns nothing. */
  owned?: RecordSets;
  /** When the records were last published with a change, ISO 8601: what relies on a new record may wait for it. */
  published?: string;
  /** With the backend `none`: the zone file, for whoever serves the zone by hand. */
  zoneFile?: string;
}
