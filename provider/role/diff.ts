/** What differs between the role as the host shows it and the role as it is wanted. */
import type { Changes } from "../handler";
import { LISTS, MAPS, type RoleInputs } from "../manifest";
import { equal, isMap } from "../values";

/** A property path as Pulumi writes it: `files["/etc/x"].content`. */
export function entryPath(map: string, name: string, field?: string): string {
  return `${map}[${JSON.stringify(name)}]${field ? `.${field}` : ""}`;
}

/** Changes from `live` to `wanted`. A role that moves to another host, or takes another name, is replaced. */
export function diffRole(live: RoleInputs, wanted: RoleInputs): Changes {
  const changes: Changes = {};
  if (live.host.name !== wanted.host.name) changes["host.name"] = "update-replace";
  if (live.role !== wanted.role) changes.role = "update-replace";
  diffFields("host", live.host, wanted.host, changes);
  // Maps entry by entry, so that a preview names exactly what changes; lists as a whole.
  for (const map of MAPS) diffMap(map, live[map], wanted[map], changes);
  for (const list of LISTS) {
    if (!equal(live[list], wanted[list])) changes[list] = "update";
  }
  return changes;
}

/** Fields of a thing, or things by name. */
type Named = { readonly [name: string]: unknown };

function diffMap(map: string, live: Named, wanted: Named, changes: Changes): void {
  for (const name of new Set([...Object.keys(live ?? {}), ...Object.keys(wanted ?? {})])) {
    const [before, after] = [live?.[name], wanted?.[name]];
    const path = entryPath(map, name);
    if (before === undefined) changes[path] = "add";
    else if (after === undefined) changes[path] = "delete";
    else if (isMap(before) && isMap(after)) diffFields(path, before, after, changes);
    else if (!equal(before, after)) changes[path] = "update";
  }
}

function diffFields(path: string, before: object, after: object, changes: Changes): void {
  const [was, is]: Named[] = [{ ...before }, { ...after }];
  for (const field of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const key = `${path}.${field}`;
    if (changes[key] || equal(was?.[field], is?.[field])) continue;
    changes[key] = was?.[field] === undefined ? "add" : is?.[field] === undefined ? "delete" : "update";
  }
}
