/** The surroundings of the lab's stacks. What only a deployment or a look at DNS needs is loaded for them. */
import type { Surroundings } from "../surroundings/types";
import { labVariables } from "./environment";
import { preparePlugins } from "./plugins";

/** What surrounds a stack of the lab: its own hosts, Internet, plugins and keys. */
export function labSurroundings(stack: string): Surroundings {
  const deployment = () => require("./deploy") as typeof import("./deploy");
  return {
    disposable: true,
    variables: (env, places) => labVariables(stack, env, places),
    prepare: (env) => preparePlugins(env),
    async network() {
      const { labNetwork } = require("./status") as typeof import("./status");
      return (await labNetwork()).network;
    },
    beforeUp: () => deployment().bringUpHosts(stack),
    afterUp: (outputs) => deployment().proveDeployment(stack, outputs),
  };
}
