/**
 * The environment that Pulumi runs in. A stack is the operator's: their login, their backend, their passphrase; only PATH and
 * Node.js' options are added to. What the lab's own stacks have besides is said in lab/environment.ts.
 */
import { existsSync, readFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { Command } from "commander";
import { load } from "js-yaml";
import { shellQuote } from "../quote/programs";
import { UserError } from "../system/errors";
import { ensureEngine } from "./engine";
import type { Engine } from "./engine/find";
import { cacheDirectory, LAB_STATE, PROJECT_ROOT } from "./paths";
import { LAB_STACK, stackName, stackReference } from "./stack-names";
import { surroundingsOf } from "./surroundings";
import { hasPassphrase, type Places, type Variables } from "./variables";

/** The places of this checkout. */
export const DEFAULT_PLACES: Places = { root: PROJECT_ROOT, labState: LAB_STATE, cache: cacheDirectory() };

/** The variables for one stack, without those that decide where state and secrets are (see {@link stackVariables}). */
function commonVariables(stack: string, engine: Engine, env: NodeJS.ProcessEnv, { cache, root }: Places): Variables {
  const path = [engine.directory, dirname(process.execPath), ...(env.PATH ?? "").split(delimiter)].filter(Boolean);
  return {
    PATH: [...new Set(path)].join(delimiter),
    PULUMI_STACK: stack,
    PULUMI_SKIP_UPDATE_CHECK: "true",
    // Compiled JavaScript is kept between runs where Node.js can do that (22.1 and newer; older ones ignore it).
    NODE_OPTIONS: nodeOptions(env, root),
    NODE_COMPILE_CACHE: env.NODE_COMPILE_CACHE ?? join(cache, "node-compile-cache"),
  };
}

/** The operator's own options and the preload, which is there once, or not at all with `POSTFLEET_PRELOAD=off`. */
function nodeOptions(env: NodeJS.ProcessEnv, root: string): string {
  const preload = `--require ${JSON.stringify(join(root, "dist", "cli", "engine", "preload.js"))}`;
  const own = (env.NODE_OPTIONS ?? "").replace(preload, "").trim();
  return [own, env.POSTFLEET_PRELOAD === "off" ? "" : preload].filter(Boolean).join(" ");
}

/** All variables for one stack, named as Pulumi takes it. Creates the lab's directories and passphrase when they do not exist yet. */
export function stackVariables(
  stack: string,
  engine: Engine,
  env: NodeJS.ProcessEnv = process.env,
  places: Places = DEFAULT_PLACES,
): Variables {
  return { ...commonVariables(stack, engine, env, places), ...surroundingsOf(stack).variables(env, places) };
}

/** How a stack's secrets are encrypted, from `stacks/Pulumi.<stack>.yaml`. */
function usesPassphrase(root: string, stack: string): boolean {
  const file = join(root, "stacks", `Pulumi.${stack}.yaml`);
  if (!existsSync(file)) return false;
  const settings = load(readFileSync(file, "utf8"));
  if (typeof settings !== "object" || settings === null) return false;
  if ("secretsprovider" in settings && settings.secretsprovider !== "passphrase") return false;
  return "encryptionsalt" in settings;
}

/** Refuses to go on when the stack's passphrase is missing, instead of failing in the middle of a preview. */
export function requirePassphrase(stack: string, env: NodeJS.ProcessEnv, root = PROJECT_ROOT): void {
  const file = env.PULUMI_CONFIG_PASSPHRASE_FILE;
  if (file && env.PULUMI_CONFIG_PASSPHRASE === undefined && !existsSync(file)) {
    throw new UserError(
      `the passphrase file of the stack "${stack}" does not exist: PULUMI_CONFIG_PASSPHRASE_FILE=${file}`,
      "write the passphrase into that file (mode 0600), or set PULUMI_CONFIG_PASSPHRASE_FILE to the right one",
    );
  }
  if (hasPassphrase(env) || !usesPassphrase(root, stackName(stack))) return;
  throw new UserError(
    `missing passphrase: the secrets of the stack "${stack}" are encrypted, and no passphrase was given`,
    `put it into a file that only you can read and set PULUMI_CONFIG_PASSPHRASE_FILE=/path/to/it; it never belongs into stacks/${stackName(stack)}.yaml or the repository`,
  );
}

/** `postfleet env` */
export function envCommand(): Command {
  return new Command("env")
    .description('print the environment that pulumi needs, for a shell: eval "$(postfleet env)"')
    .option("-s, --stack <stack>", "the stack", LAB_STACK)
    .option("--json", "as a JSON object")
    .action(async (options: { stack: string; json?: boolean }) => {
      const variables = stackVariables(stackReference(options.stack), await ensureEngine());
      const lines = Object.entries(variables).map(([name, value]) => `export ${name}=${shellQuote(value)}`);
      process.stdout.write(`${options.json ? JSON.stringify(variables, null, 2) : lines.join("\n")}\n`);
    });
}
