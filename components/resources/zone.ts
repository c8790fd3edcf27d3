/** The Pulumi face of `postfleet:dns:Zone`: what of a DNS zone is ours, see provider/dns/zone. */
import * as pulumi from "@pulumi/pulumi";
import type { RecordSets, ZoneInputs, ZoneOutputs } from "../../provider/dns/zone/contract";
import type { DnsRecord } from "../../roles/shared/records";
import type { InputsOf } from "./inputs";

/** Arguments of {@link Zone}; {@link zoneRecords} makes its `records`. */
export type ZoneArgs = Omit<ZoneInputs, "records" | "dnssec"> &
  InputsOf<Pick<ZoneInputs, "records">> & { [Name in keyof Pick<ZoneInputs, "dnssec">]: true };

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
  declare public readonly zone: pulumi.Output<ZoneOutputs["zone"]>;
  /** With the backend `none`: the zone file, for whoever serves the zone by hand. */
  declare public readonly zoneFile: pulumi.Output<ZoneOutputs["zoneFile"]>;
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
