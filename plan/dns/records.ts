/**
 * The record sets of a site: what its roles give rise to, what its hosts and domains need besides, merged and put into zones.
 * Who serves them (PowerDNS, OVH, somebody else) is another room's business.
 */
import { REGISTRY } from "../../roles";
import type { SiteContext } from "../../roles/define";
import type { Draft, KeyedValue, PlannedRecord } from "../../roles/shared/records";
import { declaredDrafts } from "./declared";
import { domainDrafts } from "./domain-records";
import { hostDrafts } from "./host-records";
import { zonesOf } from "./zones";

/** All record sets, sorted by zone, then name from the apex down, then type. Values that depend on keys are filled in later. */
export function plannedRecords(context: SiteContext): PlannedRecord[] {
  const { site } = context;
  const zones = zonesOf(site);
  const sets = new Map<string, PlannedRecord & { values: Draft["values"] }>();
  const drafts = [
    ...hostDrafts(site),
    ...REGISTRY.flatMap((role) => role.records?.(context) ?? []),
    ...domainDrafts(site, zones),
    ...declaredDrafts(site),
  ];
  for (const draft of drafts) {
    if (draft.values.length === 0) continue;
    const key = `${draft.name} ${draft.type} ${perKey(draft)}`;
    const known = sets.get(key);
    if (known === undefined) {
      sets.set(key, { zone: zones.of(draft.name), ttl: site.dns.ttl, ...draft });
      continue;
    }
    // Two SPF records of one name are an error (RFC 7208 §4.5): the first is the host's own and stricter one.
    const spf = (value: Value) => typeof value === "string" && value.startsWith('"v=spf1');
    const values = draft.values.filter((value) => !(spf(value) && known.values.some(spf)));
    known.values = unique([...known.values, ...values]);
  }
  return inOrder([...sets.values()]);
}

type Value = string | KeyedValue;

/** Sets whose name has a selector in it stay apart by their ring: what is said of one key is not said of another's. */
const perKey = ({ name, values: [first] }: Draft): string =>
  name.includes("{selector}") && typeof first === "object" ? first.key : "";

function unique(values: readonly Value[]): Value[] {
  const seen = new Map(
    values.map((value) => [typeof value === "string" ? value : `${value.key} ${value.value}`, value]),
  );
  return [...seen.values()];
}

/** Where a record set stands. */
type Placed = Pick<PlannedRecord, "zone" | "name" | "type">;

/** Sorted by zone, then name from the apex down, then type; what agrees in all of that stays in its order. */
export function inOrder<R extends Placed>(records: readonly R[]): R[] {
  return records
    .map((record) => ({ record, place: placeOf(record) }))
    .sort((a, b) => byText(a.place, b.place))
    .map(({ record }) => record);
}

const placeOf = ({ zone, name, type }: Placed): string =>
  [zone ?? "~", ...name.split(".").reverse(), `\u0000${type}`].join(" ");

/** An order of texts that is the same on every machine. */
export const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
