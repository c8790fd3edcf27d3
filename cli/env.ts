/**
 * The environment that Pulumi runs in.
 *
 * The stacks of the lab are self-contained: plugins in the cache, state and passphrase below `.lab/` of this checkout, no account
 * anywhere. Any other stack is the operator's: their login, their backend, their passphrase; only PATH is added to.
 * Whatever the operator has set in the environment wins in both cases.
 */
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { Command } from "commander";
import { load } from "js-yaml";
import { operatorKey } from "../lab/keys";
import type { Credentials } from "../lab/ovh/auth";
import { ovhFiles } from "../lab/ovh/places";
import { RESOLVER } from "../lab/plan";
import { readJson } from "../lab/state";
import { ensureEngine } from "./engine";
import type { Engine } from "./engine/find";
import { UserError } from "./errors";
import { cacheDirectory, LAB_STATE, PROJECT_ROOT } from "./paths";

/** Name of the lab's stack. */
export const LAB_STACK = "lab";
/** Name of the stack that stands on OVH's side of the lab. */
export const OVH_LAB_STACK = "ovh-lab";

/** Stacks that belong to the lab: they keep everything in this checkout. */
export const isLabStack = (stack: string): boolean => stack === LAB_STACK || stack === OVH_LAB_STACK;

/** Variables to set for `pulumi`, on top of the ones already there. */
export type Variables = Record<string, string>;

/** Places that tests may move. */
export interface Places {
  root: string;
  labState: string;
  cache: string;
}

const DEFAULT_PLACES: Places = { root: PROJECT_ROOT, labState: LAB_STATE, cache: cacheDirectory() };

/** Directory with Pulumi's plugins for the lab, outside the checkout: stand-ins never reach the operator's own. */
export function labPulumiHome(cache: string): string {
  return join(cache, "pulumi-home");
}

/** The variables for one stack, without those that decide where state and secrets are (see {@link stackVariables}). */
function commonVariables(stack: string, engine: Engine, env: NodeJS.ProcessEnv, { cache, root }: Places): Variables {
  const preload = `--require ${JSON.stringify(join(root, "dist", "cli", "engine", "preload.js"))}`;
  const path = [engine.directory, dirname(process.execPath), ...(env.PATH ?? "").split(delimiter)].filter(Boolean);
  return {
    PATH: [...new Set(path)].join(delimiter),
    PULUMI_STACK: stack,
    PULUMI_SKIP_UPDATE_CHECK: "true",
    // Compiled JavaScript is kept between runs where Node.js can do that (22.1 and newer; older ones ignore it).
    NODE_OPTIONS: env.NODE_OPTIONS?.includes(preload)
      ? env.NODE_OPTIONS
      : [env.NODE_OPTIONS, preload].filter(Boolean).join(" "),
    NODE_COMPILE_CACHE: env.NODE_COMPILE_CACHE ?? join(cache, "node-compile-cache"),
  };
}

/** All variables for one stack. Creates the lab's directories and passphrase when they do not exist yet. */
export function stackVariables(
  stack: string,
  engine: Engine,
  env: NodeJS.ProcessEnv = process.env,
  places: Places = DEFAULT_PLACES,
): Variables {
  const variables = commonVariables(stack, engine, env, places);
  if (isLabStack(stack)) {
    variables.PULUMI_HOME = env.PULUMI_HOME ?? labPulumiHome(places.cache);
    variables.PULUMI_BACKEND_URL = env.PULUMI_BACKEND_URL ?? `file://${join(places.labState, "state")}`;
    mkdirSync(variables.PULUMI_HOME, { recursive: true, mode: 0o700 });
    if (!env.PULUMI_HOME) keepNoDiary(variables.PULUMI_HOME);
    if (!env.PULUMI_BACKEND_URL) mkdirSync(join(places.labState, "state"), { recursive: true, mode: 0o700 });
    // The provider logs in with the lab's own key.
    variables.POSTFLEET_SSH_KEY_FILE = env.POSTFLEET_SSH_KEY_FILE ?? operatorKey();
    // The lab is an Internet of its own: the ACME directory's name is known to its resolver only.
    variables.POSTFLEET_RESOLVER = env.POSTFLEET_RESOLVER ?? RESOLVER.ipv4;
    if (!hasPassphrase(env)) variables.PULUMI_CONFIG_PASSPHRASE_FILE = labPassphraseFile(places.labState);
  }
  if (stack === OVH_LAB_STACK) Object.assign(variables, ovhCredentials());
  return variables;
}

/** Who asks the API of the lab's OVH; nothing where it has never been up. */
function ovhCredentials(): Variables {
  const keys = readJson<Credentials>(ovhFiles.credentials());
  if (!keys) return {};
  return {
    OVH_APPLICATION_KEY: keys.applicationKey,
    OVH_APPLICATION_SECRET: keys.applicationSecret,
    OVH_CONSUMER_KEY: keys.consumerKey,
  };
}

/**
 * The engine keeps a diary of every value in every call: half a gigabyte, and a tenth of a preview's time. In the lab there
 * is a file where its directory would be, so it goes without. `pulumi -v 9 --logtostderr` shows the same when it is needed.
 */
function keepNoDiary(pulumiHome: string): void {
  const diary = join(pulumiHome, "logs");
  if (existsSync(diary) && statSync(diary).isFile()) return;
  rmSync(diary, { recursive: true, force: true });
  writeFileSync(diary, "The lab keeps no diaries of the engine: see cli/env.ts.\n");
}

function hasPassphrase(env: NodeJS.ProcessEnv): boolean {
  return env.PULUMI_CONFIG_PASSPHRASE !== undefined || Boolean(env.PULUMI_CONFIG_PASSPHRASE_FILE);
}

/** The lab's passphrase: made once, readable by its owner alone. */
function labPassphraseFile(labState: string): string {
  const file = join(labState, "passphrase");
  mkdirSync(labState, { recursive: true, mode: 0o700 });
  if (!existsSync(file)) writeFileSync(file, `${randomBytes(24).toString("base64url")}\n`, { mode: 0o600, flag: "wx" });
  return file;
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
  if (hasPassphrase(env) || !usesPassphrase(root, stack)) return;
  throw new UserError(
    `missing passphrase: the secrets of the stack "${stack}" are encrypted, and no passphrase was given`,
    `put it into a file that only you can read and set PULUMI_CONFIG_PASSPHRASE_FILE=/path/to/it; it never belongs into stacks/${stack}.yaml or the repository`,
  );
}

/** `'value'` for a POSIX shell. */
export function shellQuote(value: string): string {
  return `'${value.replaceAll("'", "'\\''")}'`;
}

/** `postfleet env` */
export function envCommand(): Command {
  return new Command("env")
    .description('print the environment that pulumi needs, for a shell: eval "$(postfleet env)"')
    .option("-s, --stack <stack>", "the stack", LAB_STACK)
    .option("--json", "as a JSON object")
    .action(async (options: { stack: string; json?: boolean }) => {
      const variables = stackVariables(options.stack, await ensureEngine());
      const lines = Object.entries(variables).map(([name, value]) => `export ${name}=${shellQuote(value)}`);
      process.stdout.write(`${options.json ? JSON.stringify(variables, null, 2) : lines.join("\n")}\n`);
    });
}
