/** What differs between the zone as it is served and the zone as it is wanted, record set by record set. */
import type { Changes } from "../../handler";
import { entryPath } from "../../role/diff";
import { equal, hasUnknown, type Preview, UNKNOWN } from "../../values";
import type { RecordSets, ZoneInputs } from "./contract";
import { diffDnssec } from "./dnssec";
import type { RecordSet } from "./model";
import { canonicalSets, type Sets } from "./ownership";

/** Settings of the resource itself. Another zone or another kind of backend is another resource. */
export function diffSettings(before: ZoneInputs, after: ZoneInputs): Changes {
  const changes: Changes = {};
  if (before.zone !== after.zone) changes.zone = "update-replace";
  if (before.backend.kind !== after.backend.kind) changes["backend.kind"] = "update-replace";
  else if (!equal(before.backend, after.backend)) changes.backend = "update";
  if ((before.ttl ?? 0) !== (after.ttl ?? 0))
    changes.ttl = before.ttl === undefined ? "add" : after.ttl === undefined ? "delete" : "update";
  return { ...changes, ...diffDnssec(before, after) };
}

const sameSet = (a: RecordSet | undefined, b: RecordSet | undefined) => equal(a, b);

/**
 * Record sets. `live` is what the zone shows of ours, `owned` what we wrote last: a set that is as wanted in the zone and is
 * not what we wrote was written by an update that did not end, so it is still to be published and remembered.
 */
export function diffSets(owned: Sets, live: Sets, wanted: Sets): Changes {
  const changes: Changes = {};
  for (const key of new Set([...owned.keys(), ...wanted.keys()])) {
    const [before, after] = [live.get(key), wanted.get(key)];
    const path = entryPath("records", key);
    if (after === undefined) changes[path] = "delete";
    else if (before === undefined) changes[path] = "add";
    else if (sameSet(before, after)) {
      if (!sameSet(owned.get(key), after)) changes[path] = "update";
    } else {
      if (before.ttl !== after.ttl) changes[`${path}.ttl`] = "update";
      if (!equal(before.values, after.values)) changes[`${path}.values`] = "update";
    }
  }
  return changes;
}

/**
 * The inputs without what a preview cannot know yet, and the property paths of that. Zone and backend are known wherever
 * there is something to compare with (see `isPlaced`).
 */
export function knownInputs(inputs: Preview<ZoneInputs>): { inputs: ZoneInputs; unknown: string[] } {
  const { records, ...settings } = inputs as Preview<Pick<ZoneInputs, "records">> & Omit<ZoneInputs, "records">;
  if (records === UNKNOWN) return { inputs: { ...settings, records: {} }, unknown: ["records"] };
  const unknown = Object.keys(records).filter((key) => hasUnknown(records[key]));
  const known = Object.entries(records as RecordSets).filter(([key]) => !unknown.includes(key));
  return {
    inputs: { ...settings, records: Object.fromEntries(known) },
    unknown: unknown.map((key) => entryPath("records", key)),
  };
}

/** Whether an update publishes other records than are served, `before` being what the last read saw of ours. */
export function changesRecords(before: ZoneInputs, after: Preview<ZoneInputs>, owned: Sets): boolean {
  const { inputs, unknown } = knownInputs(after);
  if (unknown.length > 0) return true;
  const live = canonicalSets(before.records, before.ttl);
  return Object.keys(diffSets(owned, live, canonicalSets(inputs.records, inputs.ttl))).length > 0;
}
