/** The surroundings of a stack. An operator's has none but the world; those of the lab are loaded for its stacks alone. */
import { isLabStack, stackName } from "../stack-names";
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

/** What surrounds a stack, named as Pulumi takes it. */
export function surroundingsOf(reference: string): Surroundings {
  if (!isLabStack(reference)) return WORLD;
  return (require("../lab/surroundings") as typeof import("../lab/surroundings")).labSurroundings(stackName(reference));
}
