/** Nobody that could be asked: what the program says is what there is. */

import type { LiveRecord } from "../model";
import type { Sets } from "../ownership";
import type { ZoneBackend } from "./backend";

export function noBackend(owned: Sets): ZoneBackend {
  const records: LiveRecord[] = [...owned.values()].flatMap(({ name, type, ttl, values }) =>
    values.map((value) => ({ name, type, ttl, value })),
  );
  return {
    title: "nobody",
    read: async () => records,
    write: async () => {},
    publish: async () => {},
    serial: async () => undefined,
    nameServers: async () => [],
  };
}
