/** Records of others where ours shall be. They are refused with both values, before anything is written. */
import { bySet, keyOf, type LiveRecord, type RecordSet, ZoneError } from "./model";
import { bySlot, intruders, type Sets, slotsOf, valuesBySlot } from "./ownership";

/** Something of ours that something of theirs excludes. */
export interface Conflict {
  wanted: RecordSet;
  theirs: LiveRecord[];
  /** Why both cannot be. */
  reason: string;
  /** The token by which the program lets us replace theirs; undefined where that is not ours to do. */
  token?: string;
}

/** Types that may stand beside a CNAME, RFC 4034 §3, §4. */
const BESIDE_CNAME = new Set(["CNAME", "RRSIG", "NSEC"]);

/** All conflicts of the wanted sets with the records that are not ours. */
export function conflicts(zone: string, owned: Sets, wanted: Sets, live: readonly LiveRecord[]): Conflict[] {
  const sets = bySet(live);
  const names = new Map<string, LiveRecord[]>();
  for (const record of live) {
    const there = names.get(record.name);
    if (there) there.push(record);
    else names.set(record.name, [record]);
  }
  const ours = new Map([...owned].map(([key, { values }]) => [key, new Set(values)]));
  const going = (record: LiveRecord) => {
    const values = ours.get(keyOf(record));
    return values !== undefined && (values.has(record.value) || wanted.has(keyOf(record)));
  };
  return [...wanted].flatMap(([key, set]) => [
    ...inTheSet(set, owned.get(key), sets.get(key) ?? []),
    ...atTheName(
      set,
      (names.get(set.name) ?? []).filter((record) => !going(record)),
      wanted,
    ),
    ...above(zone, set, sets, wanted),
  ]);
}

/** Other values in a part of a set that becomes ours. Equal ones are adopted. */
function inTheSet(set: RecordSet, was: RecordSet | undefined, live: LiveRecord[]): Conflict[] {
  const [slots, known, values] = [bySlot(live), was && valuesBySlot(was), new Set(set.values)];
  return [...slotsOf(set)].flatMap((slot): Conflict[] => {
    const [here, mine] = [slots.get(slot) ?? [], known?.get(slot)];
    const theirs = (mine ? intruders(slot, mine, here) : here).filter(({ value }) => !values.has(value));
    if (theirs.length === 0) return [];
    const reason = slot.startsWith("v=")
      ? `there may be one text with ${slot} at a name`
      : "the record set is somebody else's";
    return [{ wanted: set, theirs, reason, token: keyOf(set) }];
  });
}

/** A CNAME is alone at its name, RFC 1034 §3.6.2. */
function atTheName(set: RecordSet, live: LiveRecord[], wanted: Sets): Conflict[] {
  const theirs = live.filter(({ type }) => (set.type === "CNAME" ? !BESIDE_CNAME.has(type) : type === "CNAME"));
  return [...bySet(theirs)]
    .filter(([key]) => !wanted.has(key))
    .map(([token, records]) => ({ wanted: set, theirs: records, reason: "a CNAME stands alone at its name", token }));
}

/** Below a delegation the servers of this zone are not asked. */
function above(zone: string, set: RecordSet, sets: Map<string, LiveRecord[]>, wanted: Sets): Conflict[] {
  const labels = set.name.split(".");
  const depth = zone.split(".").length;
  return labels.flatMap((_, at): Conflict[] => {
    const name = labels.slice(at).join(".");
    const theirs = labels.length - at > depth && !(at === 0 && set.type === "NS") ? sets.get(`${name} NS`) : undefined;
    if (!theirs || wanted.has(`${name} NS`)) return [];
    return [{ wanted: set, theirs, reason: `${name} is delegated to other name servers, which are asked instead` }];
  });
}

const shown = ({ name, type, ttl, value }: { name: string; type: string; ttl: number; value: string }) =>
  `${name} ${ttl} ${type} ${value}`;

/** Throws one error with all conflicts that `takeOver` does not settle; the keys of the sets that have to go otherwise. */
export function settle(zone: string, found: readonly Conflict[], takeOver: readonly string[] = []): Set<string> {
  const problem = refusalOf(zone, found, takeOver);
  if (problem) throw problem;
  return new Set(found.flatMap(({ token, wanted }) => (token && token !== keyOf(wanted) ? [token] : [])));
}

/** One error with all conflicts that `takeOver` does not settle, if there are any. */
export function refusalOf(
  zone: string,
  found: readonly Conflict[],
  takeOver: readonly string[] = [],
): ZoneError | undefined {
  const open = found.filter(({ token }) => !token || !takeOver.includes(token));
  if (open.length === 0) return undefined;
  const texts = open.map(({ wanted, theirs, reason }) => {
    const ours = wanted.values.map((value) => `    wanted: ${shown({ ...wanted, value })}`);
    return `  ${reason}\n${ours.join("\n")}\n${theirs.map((record) => `    found:  ${shown(record)}`).join("\n")}`;
  });
  const tokens = [...new Set(open.flatMap(({ token }) => token ?? []))];
  const orTakeOver = tokens.length > 0 ? `, or let Postfleet replace it with takeOver: ${JSON.stringify(tokens)}` : "";
  return new ZoneError(
    `${zone}: records that Postfleet did not make are in the way; nothing was written\n${texts.join("\n")}`,
    `remove what was found where the zone is served${orTakeOver}; a record that equals the wanted one is taken over by itself`,
  );
}
