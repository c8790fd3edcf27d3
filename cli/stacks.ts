/** Stacks: which there are, and which of them a command means. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "../system/errors";
import { PROJECT_ROOT } from "./paths";

/** Name of the lab's stack. */
export const LAB_STACK = "lab";
/** Name of the stack that stands on OVH's side of the lab. */
export const OVH_LAB_STACK = "ovh-lab";

/** The site file of a stack, be it there or not. */
export const siteFileOf = (stack: string, root = PROJECT_ROOT): string => join(root, "stacks", `${stack}.yaml`);

/** The stacks that have a site file. */
function stacksIn(root: string): string[] {
  const folder = join(root, "stacks");
  const files = existsSync(folder) ? readdirSync(folder) : [];
  return files
    .filter((name) => /^[^.]+\.yaml$/.test(name) && !name.startsWith("Pulumi"))
    .map((name) => name.slice(0, -5));
}

/** The stack that a command names. One that changes something has no default: it might be the wrong one. */
export function namedStack(stack: string | undefined, root = PROJECT_ROOT): string {
  const known = stacksIn(root).sort().join(", ") || "none";
  if (stack === undefined) {
    throw new UserError(
      `no stack was named; there are site files for: ${known}`,
      "name it with --stack; `--stack lab` installs and starts real hosts on this very machine",
      2,
    );
  }
  if (existsSync(siteFileOf(stack, root))) return stack;
  throw new UserError(
    `there is no site file ${siteFileOf(stack, root)}; there are site files for: ${known}`,
    "stacks/<stack>.yaml describes the site of a stack",
  );
}
