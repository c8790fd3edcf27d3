/** `lab up`: whatever the state of the lab is, afterwards it is up. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { tearDown } from "./down";
import { identityFiles, type LabFiles } from "./identity";
import { ensureImages, removeOldImages } from "./images";
import { ensureSshKeys, knownHosts } from "./keys";
import { boot, createDisk, diskIsCurrent, isRunning, refreshMirror, stop, waitForSsh } from "./machines";
import { mirrorAddresses, outerFetchSettings } from "./mirror";
import { ensureBridge, ensureHostNetwork } from "./network";
import { HOSTS, type LabHost, STATE_DIRECTORY } from "./plan";
import type { Progress } from "./progress";
import { checkMachine, ensurePackages } from "./requirements";
import { sshAnswers } from "./ssh";
import { type LabMarker, readMarker, STATE_FORMAT, statePath, writeAtomically, writeMarker } from "./state";

/** Brings the lab up for a checkout. */
export async function up(checkout: string, progress: Progress): Promise<void> {
  checkMachine();
  await ensurePackages(progress);
  const marker = await ownLab(checkout, progress);
  await ensureSshKeys();
  if (!HOSTS.some(isRunning)) removeOldImages(HOSTS);
  await ensureImages(HOSTS, progress);
  for (const what of await ensureBridge(marker)) progress.note(`made: ${what}`);
  const mirror = await mirrorAddresses();
  const apt = await outerFetchSettings();
  writeAtomically(statePath("known_hosts"), knownHosts());
  await Promise.all(HOSTS.map((host) => ensureHost(host, filesOf(host, apt), mirror, progress)));
  writeFileSync(join(checkout, "stacks", "lab.known_hosts"), knownHosts());
}

/** The marker of this checkout's lab. A lab of another checkout is taken down first, with all it holds. */
async function ownLab(checkout: string, progress: Progress): Promise<LabMarker> {
  const marker = readMarker();
  if (marker?.checkout === checkout && marker.format === STATE_FORMAT) return marker;
  if (marker) {
    progress.note(`a lab made by ${marker.checkout} on ${marker.created} is on this machine; it is replaced`);
    await progress.step("remove the other lab", () => tearDown({ purge: true }));
  } else {
    // Without a marker there may still be the pieces of a lab whose state was removed by hand.
    await tearDown({ purge: true });
  }
  mkdirSync(STATE_DIRECTORY, { recursive: true, mode: 0o700 });
  const made: LabMarker = { format: STATE_FORMAT, checkout, created: new Date().toISOString(), sysctl: {} };
  writeMarker(made);
  return made;
}

/** The files of a host before it boots. */
function filesOf(host: LabHost, apt: string): LabFiles {
  return identityFiles(host, { trust: {}, dns: {}, apt });
}

async function ensureHost(
  host: LabHost,
  files: LabFiles,
  mirror: { name: string; addresses: string[] },
  progress: Progress,
): Promise<void> {
  const network = await ensureHostNetwork(host);
  for (const what of network.mended) progress.note(`made: ${what}`);
  const current = diskIsCurrent(host, files);
  if (isRunning(host) && current && !network.created && (await sshAnswers(host))) {
    refreshMirror(host, mirror);
    return;
  }
  await progress.step(`boot ${host.name}`, async () => {
    await stop(host, "at-once");
    if (!current) {
      await createDisk(
        host,
        files,
        { name: mirror.name, address: mirror.addresses[0] ?? "" },
        "update-ca-certificates --fresh >/dev/null\n",
      );
    }
    await boot(host);
    await waitForSsh(host, () => sshAnswers(host));
    refreshMirror(host, mirror);
  });
}
