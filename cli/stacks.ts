/** Which stacks there are, and which of them a command means. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "../system/errors";
import { PROJECT_ROOT } from "./paths";
import { stackName, stackReference } from "./stack-names";

/** The site file of a stack, be it there or not. */
export const siteFileOf = (reference: string, root = PROJECT_ROOT): string =>
  join(root, "stacks", `${stackName(reference)}.yaml`);

/** The stacks that have a site file. */
function stacksIn(root: string): string[] {
  const folder = join(root, "stacks");
  const files = existsSync(folder) ? readdirSync(folder) : [];
  return files
    .filter((name) => /^[^.]+\.yaml$/.test(name) && !name.startsWith("Pulumi"))
    .map((name) => name.slice(0, -5));
}

const known = (root: string): string => `there are site files for: ${stacksIn(root).sort().join(", ") || "none"}`;

/** The error of a command that changes something and was told no stack. It has no default: that might be the wrong one. */
export const noStackNamed = (hint: string, root = PROJECT_ROOT): UserError =>
  new UserError(`no stack was named; ${known(root)}`, hint, 2);

/** The stack that a deployment names, as it was named; it has a site file. */
export function namedStack(given: string | undefined, root = PROJECT_ROOT): string {
  if (given === undefined) {
    throw noStackNamed("name it with --stack; `--stack lab` installs and starts real hosts on this very machine", root);
  }
  const reference = stackReference(given);
  if (existsSync(siteFileOf(reference, root))) return reference;
  throw new UserError(
    `there is no site file ${siteFileOf(reference, root)}; ${known(root)}`,
    "stacks/<stack>.yaml describes the site of a stack",
  );
}
