/** A NAS share as it is declared. */
import type { CheckFailure } from "../../handler";
import { UNKNOWN, type Value, type ValueMap } from "../../values";
import { canonicalBlock } from "../ip/addresses";
import { expectations } from "./expect";

export const PROTOCOLS = ["NFS", "CIFS", "NFS_CIFS"];
export const ACCESS = ["readonly", "readwrite"];
/** Snapshots that OVH can take by itself, by their age. */
export const SNAPSHOTS = ["hour-1", "hour-6", "day-1", "day-2", "day-3", "day-7"];

/** What is wanted of a partition, known values only. */
export interface Desired {
  protocol: string;
  size: number;
  description?: string;
  /** Network in its one form -> how it was written, and what it may do. */
  access: Map<string, { key: string; type: string }>;
  snapshots: string[];
}

/** The one way to write a client: OVH adds /32 to addresses. */
export const clientNetwork = (ip: string): string => canonicalBlock(ip) ?? ip;

export function desired(values: ValueMap): Desired {
  const access = (values.access ?? {}) as Record<string, string>;
  return {
    protocol: String(values.protocol),
    size: Number(values.size),
    ...(values.description === undefined ? {} : { description: String(values.description) }),
    access: new Map(Object.entries(access).map(([key, type]) => [clientNetwork(key), { key, type }])),
    snapshots: [...((values.snapshots ?? []) as string[])].sort(),
  };
}

/** Everything that is wrong with a declaration. */
export function checkShare(news: ValueMap): CheckFailure[] {
  const { failures, expect } = expectations();
  const { nas, partition, protocol, size, access = {}, snapshots = [] } = news;
  const name = (value: Value | undefined) => typeof value === "string" && /^[\w-]+$/.test(value);
  expect("nas", nas, name(nas), 'the name of a NAS-HA, as "zpool-123456"');
  expect("partition", partition, name(partition), "a name of letters and digits");
  expect("protocol", protocol, PROTOCOLS.includes(String(protocol)), PROTOCOLS.join(", "));
  expect("size", size, Number.isInteger(size) && Number(size) > 0, "a whole number of GiB");
  for (const [ip, type] of Object.entries(access === UNKNOWN ? {} : (access as ValueMap))) {
    const place = `access["${ip}"]`;
    const reason = `"${ip}" is no address or network of a client`;
    if (canonicalBlock(ip) === undefined) failures.push({ property: place, reason });
    expect(place, type, ACCESS.includes(String(type)), ACCESS.join(" or "));
  }
  for (const type of snapshots === UNKNOWN ? [] : (snapshots as Value[])) {
    expect("snapshots", type, SNAPSHOTS.includes(String(type)), SNAPSHOTS.join(", "));
  }
  return failures;
}
