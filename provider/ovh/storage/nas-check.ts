/** A NAS share as it is declared. */
import type { CheckFailure } from "../../handler";
import { type Preview, UNKNOWN } from "../../values";
import { canonicalBlock } from "../ip/addresses";
import type { NasPermission, NasShareInputs, NasSnapshot } from "./contract";
import { expectations } from "./expect";

const PROTOCOLS: string[] = ["NFS", "CIFS", "NFS_CIFS"];
const ACCESS: string[] = ["readonly", "readwrite"];
/** Snapshots that OVH can take by itself, by their age. */
const SNAPSHOTS: string[] = ["hour-1", "hour-6", "day-1", "day-2", "day-3", "day-7"];

/** What a declaration says of the lists that others write to as well. */
export interface Entries {
  /** Network in its one form -> how it was written, and what it may do. */
  access: Map<string, { key: string; type: NasPermission }>;
  snapshots: NasSnapshot[];
}

/** What is wanted of a partition. */
export type Desired = Pick<NasShareInputs, "protocol" | "size" | "description"> & Entries;

/** The one way to write a client: OVH adds /32 to addresses. */
export const clientNetwork = (ip: string): string => canonicalBlock(ip) ?? ip;

/** The entries that are declared, known ones only. */
export function entries({ access = {}, snapshots = [] }: Partial<Preview<NasShareInputs>>): Entries {
  const clients = Object.entries(access === UNKNOWN ? {} : access) as [string, NasPermission][];
  return {
    access: new Map(clients.map(([key, type]) => [clientNetwork(key), { key, type }])),
    snapshots: (snapshots === UNKNOWN ? [] : (snapshots as NasSnapshot[])).toSorted(),
  };
}

/** Everything that is wrong with a declaration. */
export function checkShare(news: Preview<NasShareInputs>): CheckFailure[] {
  const { failures, expect } = expectations();
  const { nas, partition, protocol, size, access = {}, snapshots = [] } = news;
  const name = (value: unknown) => typeof value === "string" && /^[\w-]+$/.test(value);
  expect("nas", nas, name(nas), 'the name of a NAS-HA, as "zpool-123456"');
  expect("partition", partition, name(partition), "a name of letters and digits");
  expect("protocol", protocol, PROTOCOLS.includes(String(protocol)), PROTOCOLS.join(", "));
  expect("size", size, Number.isInteger(size) && Number(size) > 0, "a whole number of GiB");
  for (const [ip, type] of Object.entries(access === UNKNOWN ? {} : access)) {
    const place = `access["${ip}"]`;
    const reason = `"${ip}" is not the address or network of a client`;
    if (canonicalBlock(ip) === undefined) failures.push({ property: place, reason });
    expect(place, type, ACCESS.includes(String(type)), ACCESS.join(" or "));
  }
  for (const type of snapshots === UNKNOWN ? [] : snapshots) {
    expect("snapshots", type, SNAPSHOTS.includes(String(type)), SNAPSHOTS.join(", "));
  }
  return failures;
}
