/**
 * What of a zone is ours.
 *
 * A record set is owned as a whole: it is answered as a whole and has one TTL (RFC 2181 §5), and one more value in it
 * changes what it says: another MX or A takes mail away, another TLSA admits another key, another CAA another issuer.
 * TXT at an ordinary name is the exception, where anybody leaves notes of their own beside ours (site verifications):
 * there we own single values, and of a text with a version tag the tag, since two `v=spf1` at one name invalidate each
 * other (RFC 7208 §4.5). Names with an underscore serve one purpose each (RFC 8552), so their TXT is owned as a whole.
 */
import type { RecordSets } from "./contract";
import { bySet, DEFAULT_TTL, keyOf, type LiveRecord, nameAndType, type RecordSet, type SetChange } from "./model";
import { canonicalLive } from "./rdata";

/** Sets by key. */
export type Sets = ReadonlyMap<string, RecordSet>;

/** Record sets of the program in canonical form. */
export function canonicalSets(records: RecordSets, ttl = DEFAULT_TTL): Sets {
  return new Map(
    Object.entries(records).map(([key, set]) => {
      const { name, type } = nameAndType(key);
      const values = set.values.map((value) => canonicalLive(type, value, name));
      return [key, { name, type, ttl: set.ttl ?? ttl, values: [...new Set(values)].sort() }];
    }),
  );
}

/** The part of a record set that a value belongs to; "" is the whole of it. */
export function slotOf(name: string, type: string, value: string): string {
  if (type !== "TXT" || name.split(".").some((label) => label.startsWith("_"))) return "";
  const tag = /^"(v=\w+)(?=[ ;"])/i.exec(value)?.[1];
  return tag ? tag.toLowerCase() : value;
}

/** The parts that a set claims. */
export const slotsOf = (set: RecordSet | undefined): Set<string> =>
  new Set(set?.values.map((value) => slotOf(set.name, set.type, value)));

/** Records by the part of their set that each belongs to. */
export function bySlot(records: readonly LiveRecord[]): Map<string, LiveRecord[]> {
  const slots = new Map<string, LiveRecord[]>();
  for (const record of records) {
    const slot = slotOf(record.name, record.type, record.value);
    const there = slots.get(slot);
    if (there) there.push(record);
    else slots.set(slot, [record]);
  }
  return slots;
}

/** Our values by the part that each belongs to. */
export function valuesBySlot({ name, type, values }: RecordSet): Map<string, Set<string>> {
  const slots = new Map<string, Set<string>>();
  for (const value of values) {
    const slot = slotOf(name, type, value);
    slots.set(slot, (slots.get(slot) ?? new Set()).add(value));
  }
  return slots;
}

/**
 * Values of others beside ours in a part of ours that allows for one text only: they are no edit of ours. `mine` are our
 * values in that part, `here` the records in it.
 */
export function intruders(slot: string, mine: ReadonlySet<string>, here: readonly LiveRecord[]): LiveRecord[] {
  if (slot === "") return [];
  const there = new Set(here.map(({ value }) => value));
  const complete = [...mine].every((value) => there.has(value));
  return complete ? here.filter(({ value }) => !mine.has(value)) : [];
}

/** The sets that we own as the zone shows them; what was deleted is missing. */
export function view(owned: Sets, live: readonly LiveRecord[]): Sets {
  const sets = bySet(live);
  const shown = new Map<string, RecordSet>();
  for (const [key, set] of owned) {
    const slots = bySlot(sets.get(key) ?? []);
    const ours = [...valuesBySlot(set)].flatMap(([slot, mine]) => {
      const here = slots.get(slot) ?? [];
      const others = new Set(intruders(slot, mine, here));
      return here.filter((record) => !others.has(record));
    });
    const first = ours.find(({ ttl }) => ttl !== set.ttl) ?? ours[0];
    if (first) shown.set(key, { ...set, ttl: first.ttl, values: ours.map(({ value }) => value).sort() });
  }
  return shown;
}

/** What is to be done to a zone. */
export interface Plan {
  changes: SetChange[];
  /** Sets that are there already and become ours. */
  adopted: string[];
  /** Values that were ours, were changed by somebody, and are not wanted any more: they stay. */
  left: LiveRecord[];
}

/**
 * From the live zone to the wanted one. `evicted` are sets of others that the program lets us remove. Removals come first:
 * a CNAME must be gone before anything else is at its name.
 */
export function plan(
  owned: Sets,
  wanted: Sets,
  live: readonly LiveRecord[],
  evicted: ReadonlySet<string> = new Set(),
): Plan {
  const sets = bySet(live);
  const result: Plan = { changes: [], adopted: [], left: [] };
  for (const key of new Set([...owned.keys(), ...evicted, ...wanted.keys()])) {
    const [before, was, target] = [sets.get(key) ?? [], owned.get(key), wanted.get(key)];
    const { name, type } = nameAndType(key);
    const [claimed, given] = [slotsOf(target), slotsOf(was)];
    const [ours, there] = [new Set(was?.values), new Set(before.map(({ value }) => value))];
    const kept = before.filter((record) => {
      const slot = slotOf(name, type, record.value);
      if (claimed.has(slot) || (evicted.has(key) && !target)) return false;
      if (!given.has(slot)) return true;
      if (ours.has(record.value)) return false;
      result.left.push(record);
      return true;
    });
    const after = [...kept, ...(target?.values ?? []).map((value) => ({ value, ttl: target?.ttl ?? DEFAULT_TTL }))];
    if (!same(before, after))
      result.changes.push({ name, type, before, after: after.map(({ value, ttl }) => ({ value, ttl })) });
    if (target && !was && target.values.every((value) => there.has(value))) result.adopted.push(key);
  }
  result.changes.sort((a, b) => Number(a.after.length > 0) - Number(b.after.length > 0));
  return result;
}

type Timed = { value: string; ttl: number };

function same(before: readonly Timed[], after: readonly Timed[]): boolean {
  const text = (records: readonly Timed[]) => JSON.stringify(records.map(({ value, ttl }) => `${ttl} ${value}`).sort());
  return text(before) === text(after);
}

/** The sets of `live` that `keys` name, for a zone of which only these were read again. */
export function replaced(
  live: readonly LiveRecord[],
  keys: ReadonlySet<string>,
  fresh: readonly LiveRecord[],
): LiveRecord[] {
  return [...live.filter((record) => !keys.has(keyOf(record))), ...fresh];
}
