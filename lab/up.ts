/** `lab up`: whatever the state of the lab is, afterwards it is up. */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { trustAcmeRoot } from "./acme";
import { type HostContents, hostContents } from "./contents";
import { tearDown } from "./down";
import { ensureImages, removeOldImages } from "./images";
import { ensureSshKeys, knownHosts } from "./keys";
import { boot, createDisk, diskIsCurrent, isRunning, refreshMirror, removeDisk, stop, waitForSsh } from "./machines";
import { mirrorAddresses, outerFetchSettings } from "./mirror";
import { ensureBridge, ensureHostNetwork } from "./network";
import { HOSTS, hostNamed, type LabHost, STATE_DIRECTORY } from "./plan";
import type { Progress } from "./progress";
import { checkMachine, ensurePackages } from "./requirements";
import { allOf } from "./run";
import { ensureSecrets } from "./secrets";
import { ensureService, services, waitFor } from "./services";
import { sshAnswers } from "./ssh";
import { type LabMarker, readMarker, STATE_FORMAT, statePath, writeAtomically, writeMarker } from "./state";
import { siteAccountsFile } from "./status";

/** Brings the lab up for a checkout. */
export async function up(checkout: string, progress: Progress): Promise<void> {
  checkMachine();
  await ensurePackages(progress);
  const marker = await ownLab(checkout, progress);
  await ensureSshKeys();
  const secrets = await ensureSecrets();
  if (!HOSTS.some(isRunning)) removeOldImages(HOSTS);
  await ensureImages(HOSTS, progress);
  for (const what of await ensureBridge(marker)) progress.note(`made: ${what}`);
  const mirror = await mirrorAddresses();
  const apt = await outerFetchSettings();
  writeAtomically(statePath("known_hosts"), knownHosts());
  await allOf(HOSTS.map((host) => ensureHost(host, hostContents(host, secrets, apt), mirror, progress)));
  await answering(progress);
  writeFileSync(join(checkout, "stacks", "lab.known_hosts"), knownHosts());
  writeFileSync(join(checkout, "stacks", "lab.ca.pem"), secrets.ca);
}

/** Makes bare hosts, or those named, anew, and brings the lab up. */
export async function reset(names: string[], checkout: string, progress: Progress): Promise<void> {
  const hosts = names.length > 0 ? names.map(hostNamed) : HOSTS.filter((host) => host.bare);
  checkMachine();
  if (readMarker()?.checkout === checkout) {
    await allOf(
      hosts.map(async (host) => {
        await stop(host, "at-once");
        await removeDisk(host);
      }),
    );
  }
  // The site's passwords went with the site.
  if (hosts.some((host) => host.roles.includes("site"))) rmSync(siteAccountsFile(), { force: true });
  await up(checkout, progress);
}

/** Waits for the services of the lab's own hosts, and mends them. */
async function answering(progress: Progress): Promise<void> {
  await progress.step("services answer", async () => {
    for (const what of await allOf(services().map(ensureService))) if (what) progress.note(`started again: ${what}`);
    await trustAcmeRoot();
  });
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

async function ensureHost(
  host: LabHost,
  contents: HostContents,
  mirror: { name: string; addresses: string[] },
  progress: Progress,
): Promise<void> {
  const network = await ensureHostNetwork(host);
  for (const what of network.mended) progress.note(`made: ${what}`);
  const current = diskIsCurrent(host, contents);
  const usable = isRunning(host) && current && !network.created;
  // A busy host may need a moment; it is booted again only when it stays silent.
  if (usable && (await waitFor({ answers: () => sshAnswers(host) }, 10))) {
    refreshMirror(host, mirror);
    return;
  }
  await progress.step(`boot ${host.name}`, async () => {
    await stop(host, "at-once");
    if (!current) {
      await createDisk(host, contents, { name: mirror.name, address: mirror.addresses[0] ?? "" });
    }
    await boot(host);
    await waitForSsh(host, () => sshAnswers(host));
    refreshMirror(host, mirror);
  });
}
