/** `lab up`: whatever the state of the lab is, afterwards it is up. */
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { writeAtomically } from "../system/files";
import type { Progress } from "../system/progress";
import { allOf } from "../system/run";
import { trustAcmeRoot } from "./acme";
import { type HostContents, hostContents } from "./contents";
import { tearDown } from "./down";
import { ensureImages, removeOldImages } from "./images";
import { allKnownHosts, ensureSshKeys, knownHosts } from "./keys";
import { boot, createDisk, diskIsCurrent, isRunning, refreshMirror, removeDisk, stop, waitForSsh } from "./machines";
import { mirrorAddresses, outerFetchSettings } from "./mirror";
import { ensureBridge, ensureHostNetwork } from "./network";
import { ensureOvhPart } from "./ovh/part";
import { ovhFiles } from "./ovh/places";
import { ALL_HOSTS, HOSTS, hostNamed, type LabHost, OVH_HOST, STATE_DIRECTORY } from "./plan";
import { checkMachine, ensurePackages } from "./requirements";
import { ensureSecrets, type LabSecrets } from "./secrets";
import { ensureService, services, waitFor } from "./services";
import { sshAnswers } from "./ssh";
import { type LabMarker, readMarker, STATE_FORMAT, statePath, writeMarker } from "./state";
import { siteAccountsFile } from "./status";

/** Brings the lab up for a checkout; OVH's side as well, once it was asked for. */
export async function up(checkout: string, progress: Progress, wanted: { ovh?: boolean } = {}): Promise<void> {
  checkMachine();
  await ensurePackages(progress);
  const marker = await ownLab(checkout, progress);
  await ensureSshKeys();
  const secrets = await ensureSecrets();
  if (wanted.ovh && !marker.ovh) writeMarker(Object.assign(marker, { ovh: true }));
  if (!ALL_HOSTS.some(isRunning)) removeOldImages([...HOSTS, OVH_HOST]);
  await ensureImages(marker.ovh ? [...HOSTS, OVH_HOST] : HOSTS, progress);
  for (const what of await ensureBridge(marker)) progress.note(`made: ${what}`);
  const mirror = await mirrorAddresses();
  const apt = await outerFetchSettings();
  writeAtomically(statePath("known_hosts"), marker.ovh ? allKnownHosts() : knownHosts());
  await allOf(HOSTS.map((host) => ensureHost(host, hostContents(host, secrets, apt), mirror, progress)));
  await answering(progress);
  if (marker.ovh) await upOvh(secrets, { apt, mirror }, progress);
  writeFileSync(join(checkout, "stacks", "lab.known_hosts"), knownHosts());
  writeFileSync(join(checkout, "stacks", "lab.ca.pem"), secrets.ca);
  if (marker.ovh) copyFileSync(ovhFiles.ca(), join(checkout, "stacks", "ovh-lab.ca.pem"));
}

/** Brings OVH's side up, after the rest; nothing but net1 is asked for anything. */
export async function upOvh(
  secrets: LabSecrets,
  outer: { apt: string; mirror: Mirror },
  progress: Progress,
): Promise<void> {
  const contents = hostContents(OVH_HOST, secrets, outer.apt);
  await ensureOvhPart(async () => {
    const booted = await ensureHost(OVH_HOST, contents, outer.mirror, progress);
    for (const service of services([OVH_HOST])) {
      const what = await ensureService(service);
      if (what) progress.note(`started again: ${what}`);
    }
    return booted;
  }, progress);
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

type Mirror = Awaited<ReturnType<typeof mirrorAddresses>>;

/** Says whether it had to boot the host. */
async function ensureHost(host: LabHost, contents: HostContents, mirror: Mirror, progress: Progress): Promise<boolean> {
  const network = await ensureHostNetwork(host);
  for (const what of network.mended) progress.note(`made: ${what}`);
  const current = diskIsCurrent(host, contents);
  const usable = isRunning(host) && current && !network.created;
  // A busy host may need a moment; it is booted again only when it stays silent.
  if (usable && (await waitFor({ answers: () => sshAnswers(host) }, 10))) {
    refreshMirror(host, mirror);
    return false;
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
  return true;
}
