/** Where things are: the checkout, the cache outside it, the lab's own state inside it. */
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";

/** The checkout: the nearest directory above this file that holds Pulumi.yaml (the file runs from dist/ or from cli/). */
export const PROJECT_ROOT = (() => {
  for (let directory = resolve(__dirname); directory !== dirname(directory); directory = dirname(directory)) {
    if (existsSync(join(directory, "Pulumi.yaml"))) return directory;
  }
  throw new Error(`no Pulumi.yaml above ${__dirname}`);
})();

/** Pulumi's name of the project, in Pulumi.yaml. */
export const PULUMI_PROJECT = "postfleet";

/** Cache outside the checkout, shared by all checkouts: `${XDG_CACHE_HOME:-~/.cache}/postfleet`. */
export function cacheDirectory(env: NodeJS.ProcessEnv = process.env): string {
  return join(env.XDG_CACHE_HOME || join(homedir(), ".cache"), "postfleet");
}

/** What belongs to this checkout's lab and must not be committed: Pulumi's state, the passphrase, reports. */
export const LAB_STATE = join(PROJECT_ROOT, ".lab");

/** Directory with Pulumi's plugins for the lab, outside the checkout: stand-ins never reach the operator's own. */
export const labPulumiHome = (cache: string): string => join(cache, "pulumi-home");
