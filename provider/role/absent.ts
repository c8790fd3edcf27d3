/**
 * What a role names and the host lacks. The inputs that a read returns hold only what is there; the rest is kept beside
 * them, so that the next read looks for it again.
 */
import { MAPS, type RoleInputs } from "../manifest";
import type { Absent } from "./contract";

/** The entries of `inputs` that `live` lacks; undefined when there are none. */
export function absentFrom(inputs: RoleInputs, live: RoleInputs): Absent | undefined {
  const absent = Object.fromEntries(
    MAPS.map((map) => [
      map,
      Object.fromEntries(
        Object.entries(inputs[map])
          .filter(([name]) => !(name in live[map]))
          // Outputs are not secret as a whole, so a secret content is not repeated here.
          .map(([name, entry]) => [name, map === "secretFiles" ? { ...(entry as object), content: "" } : entry]),
      ),
    ]).filter(([, entries]) => Object.keys(entries as object).length > 0),
  ) as Absent;
  return Object.keys(absent).length > 0 ? absent : undefined;
}

/** The inputs with the missing entries in their places again. */
export function withAbsent(inputs: RoleInputs, absent: Absent = {}): RoleInputs {
  return { ...inputs, ...Object.fromEntries(MAPS.map((map) => [map, { ...absent[map], ...inputs[map] }])) };
}
