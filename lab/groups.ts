/** Control groups of the machines, on outer machines without systemd. */
import { existsSync, readdirSync, readFileSync, rmdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { until } from "../system/run";
import type { LabHost } from "./plan";

/** Hierarchies of control groups that systemd-nspawn uses: cgroup2, and beside it the named one of older layouts. */
const CGROUP_ROOTS = ["/sys/fs/cgroup/unified", "/sys/fs/cgroup/systemd", "/sys/fs/cgroup"];

/** Control groups for each machine, or all of them would share the caller's. None where the outer machine has no cgroup2. */
export function controlGroups(host: LabHost): string[] {
  return CGROUP_ROOTS.filter((root) => existsSync(join(root, "cgroup.procs"))).map((root) =>
    join(root, "pflab", host.name),
  );
}

/** Removes a control group with its children. The kernel lets go of the last process a moment after its end. */
export async function removeGroup(group: string): Promise<void> {
  await until(
    `removal of ${group}`,
    5,
    async () => {
      for (const path of [...childGroups(group), group]) removeDirectory(path);
      return !existsSync(group);
    },
    () => `processes in it: ${readFileSync(join(group, "cgroup.procs"), "utf8").split("\n").join(" ")}`,
  );
  // The group of the whole lab goes with its last host.
  removeDirectory(dirname(group));
}

/** Removes an empty directory, if it is one. */
export function removeDirectory(path: string): void {
  try {
    rmdirSync(path);
  } catch {
    // Still in use, or never made.
  }
}

function childGroups(group: string): string[] {
  if (!existsSync(group)) return [];
  return readdirSync(group, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap((entry) => [...childGroups(join(group, entry.name)), join(group, entry.name)]);
}
