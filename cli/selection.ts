/** The stack that `pulumi stack select` or the environment has chosen: a word of the operator's as good as --stack. */
import { createHash } from "node:crypto";
import { homedir } from "node:os";
import { join } from "node:path";
import { readJson } from "../system/files";
import { PROJECT_ROOT } from "./paths";

/** Pulumi's name of its project, in Pulumi.yaml. */
const PROJECT = "postfleet";
const CLOUD = "https://api.pulumi.com";

/** What Pulumi remembers of a project: the stack chosen in each backend; before 2026 one for all. */
interface Workspace {
  stack?: string;
  stacks?: Record<string, string>;
}

/** The stack that Pulumi itself would take when none is named; undefined where nothing was chosen. */
export function selectedStack(env: NodeJS.ProcessEnv = process.env, root = PROJECT_ROOT): string | undefined {
  if (env.PULUMI_STACK) return env.PULUMI_STACK;
  const home = env.PULUMI_HOME || join(homedir(), ".pulumi");
  const project = createHash("sha1").update(join(root, "Pulumi.yaml")).digest("hex");
  const workspace = readJson<Workspace>(join(home, "workspaces", `${PROJECT}-${project}-workspace.json`));
  const login = readJson<{ current?: string }>(join(env.PULUMI_CREDENTIALS_PATH || home, "credentials.json"));
  const backend = env.PULUMI_BACKEND_URL || login?.current || CLOUD;
  return workspace?.stacks?.[backend] ?? workspace?.stack;
}
