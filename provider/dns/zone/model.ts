/** The words of this room: what a zone resource wants, what a zone shows, and one change of it. */

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
  backend: BackendSpec;
  /** Time to live of sets that have none of their own, in seconds. Default 3600. */
  ttl?: number;
  records: RecordSets;
  /**
   * True: whoever serves the zone signs it (OVH alone, which has a switch for it). Absent: DNSSEC is left as it is. Nothing
   * switches it off, since a DS record that another registrar still has would make the whole zone bogus (RFC 4035 section 5).
   * False is only what a read saw.
   */
  dnssec?: boolean;
  /** Sets of others, as "example.org MX", that may be replaced or removed where they are in the way. Default none. */
  takeOver?: string[];
}

/** One record of the real zone. */
export interface LiveRecord {
  /** Full name, lower case, without the final dot. */
  name: string;
  type: string;
  ttl: number;
  /** RDATA in the canonical form of `rdata.ts`. */
  value: string;
  /** The backend's own name of it, where it has one. */
  id?: number;
  /** The backend's own word for its type, where that differs (OVH's DKIM, SPF and DMARC are served as TXT). */
  storedAs?: string;
}

/** A record as it shall be. */
export type TargetRecord = Pick<LiveRecord, "value" | "ttl">;

/** One record set from what it is to what it shall be, the records of others in it included. */
export interface SetChange {
  name: string;
  type: string;
  before: LiveRecord[];
  after: TargetRecord[];
}

/** A record set in canonical form. */
export interface RecordSet {
  name: string;
  type: string;
  ttl: number;
  values: string[];
}

export const DEFAULT_TTL = 3600;

/** "example.org MX". */
export const keyOf = ({ name, type }: { name: string; type: string }) => `${name} ${type}`;

/** The name and the type of a key; the type is empty where the key has no such form. */
export function nameAndType(key: string): { name: string; type: string } {
  const [name = "", type = "", ...more] = key.split(" ");
  return more.length > 0 ? { name: key, type: "" } : { name, type };
}

/** Records by the key of their set. */
export function bySet<T extends { name: string; type: string }>(records: readonly T[]): Map<string, T[]> {
  const sets = new Map<string, T[]>();
  for (const record of records) {
    const key = keyOf(record);
    const set = sets.get(key);
    if (set) set.push(record);
    else sets.set(key, [record]);
  }
  return sets;
}

/** An error with what to do about it. */
export class ZoneError extends Error {
  constructor(
    message: string,
    readonly hint?: string,
  ) {
    super(message);
    this.name = "ZoneError";
  }
}

/** There is no such zone at the backend. */
export class ZoneMissing extends ZoneError {}

/** The backend does not answer at all. */
export class ZoneUnreachable extends ZoneError {}
