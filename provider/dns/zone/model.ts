/** The words of this room: what a zone shows, and one change of it. What a zone resource wants is in contract.ts. */

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
