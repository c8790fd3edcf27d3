/** What the state of a zone holds beside the program's words: what we wrote, when, and the file for a zone that nobody serves. */
import { hasUnknown, type Preview, UNKNOWN } from "../../values";
import type { RecordSets, ZoneInputs, ZoneOutputs } from "./contract";
import { masterFile } from "./master-file";
import { DEFAULT_TTL } from "./model";
import { canonicalSets, type Sets } from "./ownership";

/** What we wrote last. */
export const ownedOf = ({ owned = {}, ttl }: Partial<ZoneOutputs>): Sets => canonicalSets(owned, ttl);

/** The time of a publication. */
export const now = () => new Date().toISOString();

/** All outputs after a run that published at that time. */
export function outputsOf(wanted: ZoneInputs, published: string): Preview<ZoneOutputs> {
  return { ...settingsOf(wanted), owned: wanted.records, published };
}

/** What the outputs repeat of the inputs, and the zone file. */
export function settingsOf(wanted: Preview<ZoneInputs>): Preview<ZoneOutputs> {
  const { records: _, ...settings } = wanted;
  return { ...settings, ...zoneFileOf(wanted) };
}

/** For whoever serves the zone by hand. */
function zoneFileOf(inputs: Preview<ZoneInputs>): Pick<ZoneOutputs, "zoneFile"> {
  if (inputs.backend === UNKNOWN || inputs.backend.kind !== "none") return {};
  if (!isKnown(inputs)) return { zoneFile: UNKNOWN };
  const { zone, ttl = DEFAULT_TTL, records } = inputs;
  return { zoneFile: masterFile(zone, ttl, [...canonicalSets(records, ttl).values()]) };
}

const isKnown = (inputs: Preview<ZoneInputs>): inputs is ZoneInputs => !hasUnknown(inputs);

/** The live sets, in the program's own spelling where they are what it wrote. */
export function spelled(outputs: Partial<ZoneOutputs>, live: Sets): RecordSets {
  const { owned = {} } = outputs;
  const ours = ownedOf(outputs);
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
