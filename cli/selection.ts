/** The stack that `pulumi stack select` or the environment has chosen: a word of the operator's as good as --stack. */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { readJson } from "../system/files";
import { backendOf, pulumiHome } from "./backend";
import { PROJECT_ROOT, PULUMI_PROJECT } from "./paths";

/** What Pulumi remembers of a project: the stack chosen in each backend; before 2026 one for all. */
interface Workspace {
  stack?: string;
  stacks?: Record<string, string>;
}

/** The stack that Pulumi itself would take when none is named; undefined where nothing was chosen. */
export function selectedStack(env: NodeJS.ProcessEnv = process.env, root = PROJECT_ROOT): string | undefined {
  if (env.PULUMI_STACK) return env.PULUMI_STACK;
  const project = createHash("sha1").update(join(root, "Pulumi.yaml")).digest("hex");
  const file = join(pulumiHome(env), "workspaces", `${PULUMI_PROJECT}-${project}-workspace.json`);
  const workspace = readJson<Workspace>(file);
  return workspace?.stacks?.[backendOf(env)] ?? workspace?.stack;
}
