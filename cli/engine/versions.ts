/** Which engine Postfleet runs with, and why those versions. */

import { version } from "@pulumi/pulumi/package.json";

/** Version of the SDK that the program is written with; the vendor's installer brings the engine of the same version. */
export const SDK_VERSION = version;

/** Version that is built where the vendor cannot be reached. Its Go modules are pinned in `modules/`. */
export const ENGINE_VERSION = "3.259.0";

/**
 * Oldest engine on PATH that is accepted: it must honour a provider's `refreshBeforeUpdate`, or a preview would not see
 * what was changed by hand, and must start providers named in Pulumi.yaml. Both came in 2025, before this release.
 */
export const ENGINE_MINIMUM = "3.200.0";

/** Plugins that the program needs: the versions of package.json, which the engine asks for exactly. */
export const PLUGINS = { command: "1.2.1", random: "4.21.2" } as const;
export type PluginName = keyof typeof PLUGINS;

/** Oldest Go that can fetch the toolchain its modules ask for by itself. */
export const GO_MINIMUM = "1.21";

/** The numbers of a version such as `v3.259.0` or `go1.26.8`; undefined when there are none. */
export function parseVersion(text: string): number[] | undefined {
  const match = /(\d+)\.(\d+)(?:\.(\d+))?/.exec(text);
  return match ? [Number(match[1]), Number(match[2]), Number(match[3] ?? 0)] : undefined;
}

/** True when `version` is `minimum` or newer; false when it cannot be read. */
export function atLeast(version: string, minimum: string): boolean {
  const [have, want] = [parseVersion(version), parseVersion(minimum)];
  if (!have || !want) return false;
  for (let i = 0; i < 3; i++) {
    const difference = (have[i] ?? 0) - (want[i] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return true;
}

/** Go to fetch where the installed one is older than that: at least what `modules/engine/go.mod` asks for. */
export const GO_TOOLCHAIN = "1.25.11";

/**
 * Hashes of that toolchain by architecture, as go.sum writes them: a Go older than 1.21 takes a toolchain for a module like
 * any other. One that is not listed is judged by the checksum database.
 */
export const GO_TOOLCHAIN_HASHES: Readonly<Record<string, string>> = {
  amd64: "h1:AUChz5pzC7L9cEGXaGD6Z0N5m2H2JDiTZywfitOXskU=",
};
