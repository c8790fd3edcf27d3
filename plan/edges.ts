/** Who waits for whom: what a role needs, the base of its host, and its twin. */
import type { AnyRole } from "../roles/define";
import { BASE } from "./placement";
import type { Edge, PlannedZone } from "./types";

/** An instance as edges are made from it. */
interface Placed {
  id: string;
  role: AnyRole;
  host: string;
  lost: boolean;
}

/** The id of a zone that others serve. */
export const zoneId = (name: string): string => `zone ${name}`;

/** Ids of what serves the zones: our name servers, or in their place the zones that others serve. */
export function publishersOf(zones: readonly PlannedZone[], nameservers: readonly string[]): readonly string[] {
  const elsewhere = zones.filter(({ servedBy }) => servedBy !== "nameserver").map(({ name }) => zoneId(name));
  return elsewhere.length > 0 ? elsewhere : nameservers;
}

/** All edges, in the order of those who wait. */
export function edgesOf(instances: readonly Placed[], zones: readonly PlannedZone[]): Edge[] {
  const having = new Map<string, Placed[]>();
  for (const instance of instances)
    having.set(instance.role.name, [...(having.get(instance.role.name) ?? []), instance]);
  const serving = (role: string): readonly string[] => {
    const ids = (having.get(role) ?? []).map(({ id }) => id);
    return role === "nameserver" ? publishersOf(zones, ids) : ids;
  };

  return instances.flatMap((instance): Edge[] => {
    const { id: to, role, host } = instance;
    const base = (having.get(BASE) ?? []).filter((one) => one.host === host && one !== instance);
    return [
      ...base.map(({ id }) => ({ from: id, to, why: "the base of its host" })),
      ...role.needs.flatMap((need) => serving(need.role).map((from) => ({ from, to, why: need.why }))),
      ...twinBefore(instance, having.get(role.name) ?? []),
    ];
  });
}

/** The twin that is applied and healthy before this one is touched, so that there is always one that serves. */
function twinBefore(instance: Placed, all: readonly Placed[]): Edge[] {
  if (instance.role.update.twins === "at once" || instance.lost) return [];
  const twins = all.filter(({ lost }) => !lost);
  const before = twins[twins.indexOf(instance) - 1];
  return before ? [{ from: before.id, to: instance.id, why: "twins are changed one after the other" }] : [];
}

/** The wave of each id: one more than the last of all it waits for. */
export function wavesOf(ids: readonly string[], edges: readonly Edge[]): Map<string, number> {
  const before = new Map<string, string[]>();
  for (const { from, to } of edges) before.set(to, [...(before.get(to) ?? []), from]);
  const waves = new Map<string, number>();
  const waveOf = (id: string): number => {
    const known = waves.get(id);
    if (known !== undefined) return known;
    const wave = 1 + Math.max(-1, ...(before.get(id) ?? []).map(waveOf));
    waves.set(id, wave);
    return wave;
  };
  for (const id of ids) waveOf(id);
  return waves;
}
