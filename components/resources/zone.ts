/** The Pulumi face of `postfleet:dns:Zone`: what of a DNS zone is ours, see provider/dns/zone. */
import * as pulumi from "@pulumi/pulumi";
import type { BackendSpec, RecordSets } from "../../provider/dns/zone/model";
import type { DnsRecord } from "../../roles/shared/records";

/** Arguments of {@link Zone}. */
export interface ZoneArgs {
  /** Name of the zone without the final dot: "example.org". */
  zone: string;
  /** Who serves it. Another kind is another resource: the records are made at the new one, then removed at the old one. */
  backend: BackendSpec;
  /** Time to live of record sets that have none of their own, in seconds. Default 3600. */
  ttl?: number;
  /** Record sets by "<name> <TYPE>", see {@link zoneRecords}. Values may be unknown in a preview, as keys are before they are made. */
  records: pulumi.Input<RecordSets>;
  /**
   * True: OVH signs the zone, switched on once the records are served; with other backends it is refused. Left out, DNSSEC stays
   * as it is, and nothing ever switches it off: a DS record at another registrar would make the zone bogus. Default left out.
   */
  dnssec?: true;
  /**
   * Sets of others that may be replaced, as "example.org MX". Without it whatever Postfleet did not make is left alone, and
   * refused where it is in the way. Default none.
   */
  takeOver?: string[];
}

/**
 * The record sets of one zone that are declared here, and no others: equal ones that are there already are taken over, what
 * others add stays, and what is in the way is refused in the preview. The update ends when every authoritative server
 * answers the change.
 *
 * ```ts
 * new Zone("example.org", { zone: "example.org", backend: { kind: "ovh" }, records: zoneRecords(records, "example.org") });
 * ```
 */
export class Zone extends pulumi.CustomResource {
  declare public readonly zone: pulumi.Output<string>;
  /** With the backend `none`: the zone file, for whoever serves the zone by hand. */
  declare public readonly zoneFile: pulumi.Output<string | undefined>;
  /** When a change of the records was last published, ISO 8601: unknown in the preview of one. For what relies on new records. */
  declare public readonly published: pulumi.Output<string>;

  constructor(name: string, args: ZoneArgs, opts?: pulumi.CustomResourceOptions) {
    super("postfleet:dns:Zone", name, { ...args, zoneFile: undefined, published: undefined }, opts);
  }
}

/** The record sets of every zone by its name, in the form of {@link ZoneArgs.records}. */
export function recordsByZone(records: readonly DnsRecord[]): Map<string, RecordSets> {
  const zones = new Map<string, RecordSets>();
  for (const { zone, name, type, ttl, values } of records) {
    if (zone === undefined) continue;
    const sets = zones.get(zone) ?? {};
    sets[`${name} ${type}`] = { ttl, values };
    zones.set(zone, sets);
  }
  return zones;
}

/** The record sets of one zone in the form of {@link ZoneArgs.records}. */
export const zoneRecords = (records: readonly DnsRecord[], zone: string): RecordSets =>
  recordsByZone(records).get(zone) ?? {};
