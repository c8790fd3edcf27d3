/** The records of a plan for people to read, zone by zone, as zone files write them: what each is for is its comment. */
import type { Plan } from "../../plan";
import { ACME_ACCOUNT, type KeyedValue } from "../../roles/shared/records";

type PlannedRecord = Plan["records"][number];

/** Every zone, and below it its record sets. */
export function zoneLines({ zones, records }: Plan): string[] {
  const byZone = new Map<string | undefined, PlannedRecord[]>();
  for (const record of records) {
    const known = byZone.get(record.zone);
    if (known) known.push(record);
    else byZone.set(record.zone, [record]);
  }
  return zones.flatMap(({ name, servedBy }) => {
    const own = byZone.get(name) ?? [];
    const count = `${own.length} record set${own.length === 1 ? "" : "s"}`;
    return [`${name}  served by ${servedBy}, ${count}`, ...recordLines(own)];
  });
}

/** The record sets whose names are in zones of others, who must set them. */
export function foreignLines({ records }: Plan): string[] {
  const foreign = records.filter(({ zone }) => zone === undefined);
  return foreign.length === 0 ? [] : ["in zones of others", ...recordLines(foreign)];
}

const keyed = ({ key, value }: KeyedValue) =>
  `${value} of ${key === ACME_ACCOUNT ? "the ACME account" : `each key of ${key}`}`;

/** One line a value, in columns. */
function recordLines(records: readonly PlannedRecord[]): string[] {
  const width = records.reduce((most, { name }) => Math.max(most, name.length), 0);
  return records.flatMap(({ name, ttl, type, values, why }) =>
    values.map((value) => {
      const data = typeof value === "string" ? value : keyed(value);
      return `  ${name.padEnd(width)}  ${ttl}  ${type.padEnd(4)}  ${data}  ; ${why}`;
    }),
  );
}
