/** What the state of a zone holds beside the program's words: what we wrote, when, and the file for a zone that nobody serves. */
import type { ResourceState } from "../../handler";
import { UNKNOWN, type ValueMap } from "../../values";
import { masterFile } from "./master-file";
import { DEFAULT_TTL, type RecordSets, type ZoneInputs } from "./model";
import { canonicalSets, type Sets } from "./ownership";

/** Outputs beside the inputs, of which `records` are left out: once written, they are `owned`. */
export interface Remembered {
  /** The record sets that we wrote last: what is ours, whatever somebody did to it since. */
  owned?: RecordSets;
  /** When the records were last published with a change, as ISO 8601: what relies on a new record may wait for it. */
  published?: string;
}

/** What we wrote last. A state without that (of an import) owns nothing. */
export function ownedOf(state: ResourceState): Sets {
  const { owned = {} } = state.outputs as unknown as Remembered;
  return canonicalSets(owned, (state.outputs as unknown as ZoneInputs).ttl);
}

/** The time of a publication. */
export const now = () => new Date().toISOString();

/** All outputs after a run that published at that time. */
export function outputsOf(wanted: ZoneInputs, published: string): ValueMap {
  return { ...settingsOf(wanted), owned: wanted.records as unknown as ValueMap, published };
}

/** What the outputs repeat of the inputs, and the zone file. */
export function settingsOf(wanted: ZoneInputs): ValueMap {
  const { records: _, ...settings } = wanted;
  return { ...(settings as unknown as ValueMap), ...zoneFileOf(wanted) };
}

/** For whoever serves the zone by hand. */
function zoneFileOf(inputs: ZoneInputs): ValueMap {
  if (inputs.backend?.kind !== "none") return {};
  if (JSON.stringify(inputs).includes(UNKNOWN)) return { zoneFile: UNKNOWN };
  const { zone, ttl = DEFAULT_TTL, records } = inputs;
  return { zoneFile: masterFile(zone, ttl, [...canonicalSets(records, ttl).values()]) };
}

/** The live sets, in the program's own spelling where they are what it wrote. */
export function spelled(state: ResourceState, live: Sets): RecordSets {
  const { owned = {} } = state.outputs as unknown as Remembered;
  const ours = ownedOf(state);
  return Object.fromEntries(
    [...live].map(([key, { ttl, values }]) => {
      const [was, written] = [ours.get(key), owned[key]];
      if (!was || !written) return [key, { ttl, values }];
      const time = was.ttl === ttl ? (written.ttl === undefined ? {} : { ttl: written.ttl }) : { ttl };
      return [
        key,
        { ...time, values: JSON.stringify(was.values) === JSON.stringify(values) ? written.values : values },
      ];
    }),
  );
}
