/** `lab down`: no process, mount, namespace, bridge or firewall rule of the lab is left. */
import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { writeAtomically } from "../system/files";
import { allOf } from "../system/run";
import { knownHosts } from "./keys";
import { isRunning, removeDisk, stop, unmountDisk } from "./machines";
import { removeNetwork } from "./network";
import { forgetOvhZones, stopOvhPart } from "./ovh/part";
import { HOSTS, hostNamed, STATE_DIRECTORY } from "./plan";
import { readMarker, statePath, writeMarker } from "./state";

/** Stops everything. With `purge` the lab's state is removed as well: disks, keys, passwords. Images and packages stay. */
export async function tearDown(options: { purge: boolean }): Promise<void> {
  await stopOvhPart(options);
  await allOf(
    HOSTS.map(async (host) => {
      await stop(host, options.purge ? "at-once" : "orderly");
      await (options.purge ? removeDisk(host) : unmountDisk(host));
    }),
  );
  await removeNetwork(readMarker());
  if (options.purge) removeState();
}

/** Removes OVH's side with all it holds; the rest of the lab stays as it is. */
export async function tearDownOvh(): Promise<void> {
  await stopOvhPart({ purge: true });
  const marker = readMarker();
  if (!marker?.ovh) return;
  writeMarker({ ...marker, ovh: false });
  writeAtomically(statePath("known_hosts"), knownHosts());
  if (isRunning(hostNamed("net1"))) await forgetOvhZones();
}

/** Empties the state directory, which may be a mount point of its own and so stays. */
function removeState(): void {
  if (!existsSync(STATE_DIRECTORY)) return;
  for (const entry of readdirSync(STATE_DIRECTORY)) {
    rmSync(join(STATE_DIRECTORY, entry), { recursive: true, force: true });
  }
}
