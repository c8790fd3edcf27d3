/** Looking for an engine that is there already: on PATH, or in the cache. Nothing is installed here. */
import { execFile } from "node:child_process";
import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { ENGINE_VERSION, SDK_VERSION } from "./versions";

const run = promisify(execFile);

/** An engine that can be run. */
export interface Engine {
  /** Path of `pulumi`. */
  pulumi: string;
  /** Directory to put first on PATH, so that the engine finds its language host. */
  directory: string;
  version: string;
  /** Where it came from. */
  source: "path" | "installed" | "built";
}

/** True for a file that may be executed and is not empty. */
export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    const stat = statSync(path);
    return stat.isFile() && stat.size > 0;
  } catch {
    return false;
  }
}

/** The first `name` on PATH, leaving out one directory. */
export function findOnPath(name: string, path = process.env.PATH ?? ""): string | undefined {
  return path
    .split(delimiter)
    .filter(Boolean)
    .map((directory) => join(directory, name))
    .find(isExecutable);
}

/** What `pulumi version` says, or undefined when it does not run. */
export async function versionOf(pulumi: string): Promise<string | undefined> {
  try {
    const { stdout } = await run(pulumi, ["version"], {
      timeout: 30_000,
      env: { ...process.env, PULUMI_SKIP_UPDATE_CHECK: "true" },
    });
    return stdout.trim();
  } catch {
    return undefined;
  }
}

/** Where an engine that was built from source is kept: both programs side by side, as the engine expects. */
export function builtDirectory(cache: string): string {
  return join(cache, "engine", `v${ENGINE_VERSION}`);
}

/** Where the vendor's installer puts one. */
export function installedDirectory(cache: string): string {
  return join(cache, "engine", `vendor-v${SDK_VERSION}`);
}

/** An engine in the cache: the vendor's, else one that was built. */
export function findInCache(cache: string): Engine | undefined {
  const places = [
    { directory: join(installedDirectory(cache), "bin"), source: "installed", version: `v${SDK_VERSION}` },
    { directory: builtDirectory(cache), source: "built", version: `v${ENGINE_VERSION}` },
  ] as const;
  for (const { directory, source, version } of places) {
    const pulumi = join(directory, "pulumi");
    if (isExecutable(pulumi) && isExecutable(join(directory, "pulumi-language-nodejs"))) {
      return { pulumi, directory, version, source };
    }
  }
  return undefined;
}
