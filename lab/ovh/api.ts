/** What the areas of the API share. */
import { notFound } from "./errors";
import type { Settings } from "./settings";
import type { State } from "./state";
import type { Tasks } from "./tasks";
import type { World } from "./world";

export interface Api {
  readonly state: State;
  readonly world: World;
  readonly tasks: Tasks;
  readonly settings: Settings;
  /** A new id, unlike every other. */
  newId(): number;
  /** Notes that the state has changed outside a call. */
  changed(): void;
}

/** The service of that name, or the words of OVH for one that the account does not own. */
export function owned<T>(services: Record<string, T>, name: string | undefined): T {
  const service = name === undefined || !Object.hasOwn(services, name) ? undefined : services[name];
  if (service === undefined) throw notFound();
  return service;
}

/** Turns a query's pattern into a test, as SQL's ILIKE: `%` and `_` stand for anything, case does not matter. */
export function like(pattern: string): (text: string) => boolean {
  const source = [...pattern]
    .map((c) => (c === "%" ? ".*" : c === "_" ? "." : c.replace(/[.*+?^$()[\]{}|\\]/g, "\\$&")))
    .join("");
  const expression = new RegExp(`^${source}$`, "is");
  return (text) => expression.test(text);
}
