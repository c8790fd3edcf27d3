/**
 * The plugins `command` and `random` for the lab: the vendor's where they are installed or can be downloaded, small
 * stand-ins of the lab elsewhere. Stand-ins are put into the lab's own PULUMI_HOME only, never into the operator's.
 */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { shellQuote } from "../../quote/programs";
import { UserError } from "../../system/errors";
import { findOnPath, isExecutable } from "../engine/find";
import { vendorReachable } from "../engine/vendor";
import { PLUGINS, type PluginName } from "../engine/versions";
import { cacheDirectory, labPulumiHome, PROJECT_ROOT } from "../paths";

/** Marks a file as ours, so that nothing else is ever overwritten. */
const MARK = "# Stand-in of Postfleet's lab for the vendor's plugin";

/** Where the engine looks for a plugin (pulumi: sdk/go/common/workspace/plugins.go). */
export function pluginFile(home: string, name: PluginName): string {
  return join(home, "plugins", `resource-${name}-v${PLUGINS[name]}`, `pulumi-resource-${name}`);
}

/** The program that stands in: a line of shell that runs the compiled TypeScript of this checkout. */
export function standInText(name: PluginName, root = PROJECT_ROOT, node = process.execPath): string {
  const program = join(root, "dist", "lab", "standins", `${name}.js`);
  return `#!/bin/sh\n${MARK} ${name}.\nexec ${shellQuote(node)} ${shellQuote(program)} "$@"\n`;
}

function contentOf(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}

function writeStandIn(file: string, text: string): void {
  mkdirSync(join(file, ".."), { recursive: true });
  const fresh = `${file}.${process.pid}`;
  writeFileSync(fresh, text, { mode: 0o755 });
  renameSync(fresh, file);
}

/** Makes sure that both plugins can be started in this environment. */
export async function preparePlugins(env: NodeJS.ProcessEnv, cache = cacheDirectory()): Promise<void> {
  const ours = labPulumiHome(cache);
  const home = env.PULUMI_HOME ?? ours;
  for (const name of Object.keys(PLUGINS) as PluginName[]) {
    const file = pluginFile(home, name);
    const standIn = isExecutable(file) && contentOf(file)?.includes(MARK) === true;
    if (isExecutable(file) && !standIn) continue;
    if (findOnPath(`pulumi-resource-${name}`, env.PATH)) continue;
    // The engine downloads the vendor's plugin by itself when it is missing.
    if (!standIn && (await vendorReachable())) continue;
    if (home !== ours) {
      throw new UserError(
        `the Pulumi plugin ${name} ${PLUGINS[name]} is neither in PULUMI_HOME=${home} nor can it be downloaded`,
        "unset PULUMI_HOME: the lab then uses a directory of its own, with stand-ins for such plugins",
      );
    }
    const text = standInText(name);
    if (contentOf(file) === text) continue;
    writeStandIn(file, text);
    process.stderr.write(
      `postfleet: the vendor's plugin ${name} ${PLUGINS[name]} cannot be had here; the lab uses its own stand-in for it\n`,
    );
  }
}
