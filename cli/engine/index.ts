/** The engine, `pulumi`: found on PATH or in the cache, else installed from the vendor, else built once from source. */
import { dirname, join } from "node:path";
import { Command } from "commander";
import { withLock } from "../../system/lock";
import { cacheDirectory } from "../paths";
import { buildEngine } from "./build";
import { type Engine, findInCache, findOnPath, isExecutable, versionOf } from "./find";
import { installEngine, vendorReachable } from "./vendor";
import { atLeast, ENGINE_MINIMUM } from "./versions";

const say = (text: string) => process.stderr.write(`postfleet: ${text}\n`);

/** The operator's own engine, when it is new enough and has its language host. */
async function engineOnPath(): Promise<Engine | undefined> {
  const pulumi = findOnPath("pulumi");
  if (!pulumi) return undefined;
  const host = "pulumi-language-nodejs";
  if (!isExecutable(join(dirname(pulumi), host)) && !findOnPath(host)) {
    say(`${pulumi} is not used: ${host} is not beside it`);
    return undefined;
  }
  const version = await versionOf(pulumi);
  if (version && atLeast(version, ENGINE_MINIMUM)) {
    return { pulumi, directory: dirname(pulumi), version, source: "path" };
  }
  say(`${pulumi} is not used: ${version ? `${version} is older than v${ENGINE_MINIMUM}` : "it does not run"}`);
  return undefined;
}

let found: Promise<Engine> | undefined;

/** An engine that can be run; made ready at the first call on a machine, found at once ever after. */
export function ensureEngine(cache = cacheDirectory()): Promise<Engine> {
  found ??= makeReady(cache);
  return found;
}

async function makeReady(cache: string): Promise<Engine> {
  const cached = findInCache(cache);
  // `postfleet env` puts the cached engine first on PATH: then there is nothing to ask it.
  if (cached && findOnPath("pulumi") === cached.pulumi) return cached;
  const ready = (await engineOnPath()) ?? cached;
  if (ready) return ready;
  const waiting = (pid: number, seconds: number) => {
    if (seconds === 0) say(`waiting for process ${pid}, which is making the engine ready`);
  };
  return withLock(join(cache, "engine", "lock"), waiting, async () => {
    const byOther = findInCache(cache);
    if (byOther) return byOther;
    const installed = (await vendorReachable()) ? await installEngine(cache) : undefined;
    return installed ?? (await buildEngine(cache));
  });
}

const ORIGINS: Record<Engine["source"], string> = {
  path: "found on PATH",
  installed: "installed by the vendor's installer",
  built: "built from its Go modules",
};

/** `postfleet engine` */
export function engineCommand(): Command {
  return new Command("engine")
    .description("make Pulumi ready (found, installed, or built once) and print where it is")
    .option("--json", "as a JSON object")
    .action(async (options: { json?: boolean }) => {
      const engine = await ensureEngine();
      const text = `${engine.pulumi} ${engine.version}, ${ORIGINS[engine.source]}`;
      process.stdout.write(`${options.json ? JSON.stringify(engine, null, 2) : text}\n`);
    });
}
