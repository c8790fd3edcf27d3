/** `pulumi import postfleet:dns:Zone NAME example.org`: a zone that is there already. */
import type { ResourceState } from "../../handler";
import type { BackendSpec, RecordSets, ZoneInputs, ZoneOutputs } from "./contract";
import { bySet, DEFAULT_TTL, type LiveRecord, ZoneError } from "./model";

/** "ovh/example.org". */
export const idOf = ({ backend, zone }: Pick<ZoneInputs, "zone" | "backend">) => `${backend.kind}/${zone}`;

/** The zone and the backend that an id means. `usable`: the backends that the provider has credentials for, by kind. */
export function meantBy(
  id: string,
  usable: Partial<Record<BackendSpec["kind"], BackendSpec>>,
): Pick<ZoneInputs, "zone" | "backend"> {
  const [first = "", second, ...more] = id.split("/");
  const kinds = Object.keys(usable) as BackendSpec["kind"][];
  const hint = 'it is the name of the zone, as "example.org", or "ovh/example.org", "powerdns/example.org"';
  if (more.length > 0 || first === "" || second === "") throw new ZoneError(`"${id}" names no zone to import`, hint);
  const zone = (second ?? first).toLowerCase().replace(/\.$/, "");
  const [kind, ...others] = second === undefined ? kinds : kinds.filter((known) => known === first);
  const backend = kind && usable[kind];
  if (!backend || others.length > 0) {
    const known = kinds.join(" and ") || "no name servers at all";
    throw new ZoneError(
      `where the zone of "${id}" is served cannot be told: the provider is configured for ${known}`,
      hint,
    );
  }
  return { zone, backend };
}

/**
 * The imported resource. Its inputs show everything in the zone but the name servers at its top, so that a program can be
 * written from them; but nothing is ours before the program declares it: equal records are taken over then, and what the
 * program leaves out is never removed.
 */
export function imported(
  id: string,
  { zone, backend }: Pick<ZoneInputs, "zone" | "backend">,
  live: readonly LiveRecord[],
): ResourceState<ZoneInputs, ZoneOutputs> {
  const sets = [...bySet(live)].filter(([key]) => key !== `${zone} NS`);
  const records: RecordSets = Object.fromEntries(
    sets.map(([key, set]) => [key, { ttl: set[0]?.ttl ?? DEFAULT_TTL, values: set.map(({ value }) => value).sort() }]),
  );
  return { id, inputs: { zone, backend, records }, outputs: { zone, backend, owned: {} } };
}
