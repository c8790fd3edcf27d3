/** What the resource asks of whoever serves a zone. */
import type { LiveRecord, SetChange } from "../model";

/** How far signing is, in OVH's words. */
export type DnssecStatus = "enabled" | "enableInProgress" | "disabled" | "disableInProgress";

export interface ZoneBackend {
  /** For messages: "OVH", "PowerDNS at https://…". */
  readonly title: string;
  /** All records but the SOA, in few calls. Throws `ZoneMissing` with a hint where there is no such zone. */
  read(): Promise<LiveRecord[]>;
  /** The same of these sets alone as they are being edited, where `read` may lag behind. */
  readEdited?(keys: ReadonlySet<string>): Promise<LiveRecord[]>;
  /** Whether there are edits that are not served: then `read` says little about what is being edited. */
  pending?(): Promise<boolean>;
  /** Throws when the credentials would stop a change halfway, that of DNSSEC included where it is wanted. */
  authorise?(dnssec: boolean): Promise<void>;
  write(changes: readonly SetChange[], progress: (message: string) => void): Promise<void>;
  /** Has what was written served. */
  publish(): Promise<void>;
  /** The serial that is served after `publish`, where the backend tells; `before` is the one that was served. */
  serial(before: number | undefined): Promise<number | undefined>;
  /** The servers that the backend serves the zone from, by name; empty: nobody can be asked. */
  nameServers(): Promise<string[]>;
  /** What the backend itself says is wrong with the zone. */
  problems?(): Promise<string[]>;
  /** Signing, where it can be switched on by itself. */
  readonly dnssec?: BackendDnssec;
}

/** Signing as a switch of the backend. */
export interface BackendDnssec {
  status(): Promise<DnssecStatus>;
  /** Switches it on where it is not, and waits for it for a while; the status then. */
  enable(progress: (message: string) => void): Promise<DnssecStatus>;
}
