/** The surroundings of a stack. An operator's has none but the world; those of the lab are loaded for its stacks alone. */
import { LAB_STACK, OVH_LAB_STACK } from "../stacks";
import type { Surroundings } from "./types";

/** The world as it is. */
const WORLD: Surroundings = {
  disposable: false,
  variables: () => ({}),
  prepare: async () => {},
  network: async () => undefined,
  beforeUp: async () => {},
  afterUp: async () => {},
};

/** What surrounds a stack. */
export function surroundingsOf(stack: string): Surroundings {
  if (stack !== LAB_STACK && stack !== OVH_LAB_STACK) return WORLD;
  return (require("../lab/surroundings") as typeof import("../lab/surroundings")).labSurroundings(stack);
}
