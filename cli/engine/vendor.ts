/** The vendor's own installer, where the vendor's site can be reached. */
import { mkdirSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { consoleProgress } from "../../system/progress";
import { type Engine, findInCache, installedDirectory } from "./find";
import { SDK_VERSION } from "./versions";

/** The vendor's site for programs and plugins. */
const SITE = "https://get.pulumi.com/";

/** Patience with a site that does not answer, in milliseconds. A network that drops packets must not cost minutes. */
const PATIENCE = 4000;

let answer: Promise<boolean> | undefined;

/** True when the vendor's site answers. Asked once a run. POSTFLEET_OFFLINE=1 says no without asking. */
export function vendorReachable(): Promise<boolean> {
  if (process.env.POSTFLEET_OFFLINE === "1") return Promise.resolve(false);
  answer ??= fetch(SITE, { method: "HEAD", redirect: "manual", signal: AbortSignal.timeout(PATIENCE) }).then(
    (response) => response.status < 500,
    () => false,
  );
  return answer;
}

/** Installs the engine that belongs to the SDK, with the installer that the SDK brings. Undefined when it does not succeed. */
export async function installEngine(cache: string): Promise<Engine | undefined> {
  const root = installedDirectory(cache);
  mkdirSync(dirname(root), { recursive: true });
  try {
    await consoleProgress().step(`installing Pulumi ${SDK_VERSION} from ${new URL(SITE).host}`, async () => {
      // Loaded here only: it is large, and not needed once an engine is there.
      const { PulumiCommand } = await import("@pulumi/pulumi/automation/index.js");
      await PulumiCommand.install({ root });
    });
    return findInCache(cache);
  } catch (error) {
    rmSync(root, { recursive: true, force: true });
    const words = error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error);
    process.stderr.write(`  the vendor's installer failed (${words}); building from source instead\n`);
    return undefined;
  }
}
