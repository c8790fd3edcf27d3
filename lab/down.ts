/** `lab down`: no process, mount, namespace, bridge or firewall rule of the lab is left. */
import { rmSync } from "node:fs";
import { removeDisk, stop, unmountDisk } from "./machines";
import { removeNetwork } from "./network";
import { HOSTS, STATE_DIRECTORY } from "./plan";
import { allOf } from "./run";
import { readMarker } from "./state";

/** Stops everything. With `purge` the lab's state is removed as well: disks, keys, passwords. Images and packages stay. */
export async function tearDown(options: { purge: boolean }): Promise<void> {
  await allOf(
    HOSTS.map(async (host) => {
      await stop(host, options.purge ? "at-once" : "orderly");
      await (options.purge ? removeDisk(host) : unmountDisk(host));
    }),
  );
  await removeNetwork(readMarker());
  if (options.purge) rmSync(STATE_DIRECTORY, { recursive: true, force: true });
}
