/** OVH's side of the lab as a part that comes and goes: ovh1, two servers, the API as a process of the outer machine. */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { request } from "node:https";
import { join } from "node:path";
import { UserError } from "../../system/errors";
import { once, readJson, writeAtomically } from "../../system/files";
import { isAlive, type ProcessRecord, processStart, signal } from "../../system/processes";
import type { Progress } from "../../system/progress";
import { allOf, until } from "../../system/run";
import { allKnownHosts } from "../keys";
import { hasDisk, isRunning, removeDisk, stop, unmountDisk } from "../machines";
import { ovhRegistryRemoval, ovhRegistrySetup } from "../net1/ovh";
import { ensureHostNetwork, removeHostNetwork } from "../network";
import { GATEWAY, hostNamed, ipv4, OVH_API_PORT, OVH_HOST, OVH_SERVERS } from "../plan";
import { gone } from "../processes";
import { onHost } from "../ssh";
import { statePath } from "../state";
import { type Credentials, newCredentials } from "./auth";
import { bootServer } from "./lab-servers";
import { ovhFiles } from "./places";

/** The process of the API, and the code that it runs. */
interface ApiProcess extends ProcessRecord {
  code: string;
}

export const API_URL = `https://${ipv4(GATEWAY)}:${OVH_API_PORT}/1.0`;

/** What runs is compiled; tests run this file as it was written. */
const COMPILED = __filename.endsWith(".js") ? __dirname : join(__dirname, "..", "..", "dist", "lab", "ovh");
const MAIN = join(COMPILED, "main.js");

/** Hash of the API's code: a process of older code is started again. */
function code(): string {
  const hash = createHash("sha256");
  for (const file of readdirSync(COMPILED).sort()) {
    if (file.endsWith(".js")) hash.update(readFileSync(join(COMPILED, file)));
  }
  return hash.digest("hex").slice(0, 12);
}

const recorded = (): ApiProcess | undefined => readJson<ApiProcess>(ovhFiles.process());

/** Whether the API gives the time. */
export function apiAnswers(): Promise<boolean> {
  if (!existsSync(ovhFiles.ca())) return Promise.resolve(false);
  const options = { ca: readFileSync(ovhFiles.ca()), timeout: 3000, agent: false };
  return new Promise((resolve) => {
    const call = request(`${API_URL}/auth/time`, options, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    call.on("timeout", () => call.destroy());
    call.on("error", () => resolve(false));
    call.end();
  });
}

/** Brings the part up, after the rest of the lab; `ensureOvh1` boots ovh1 like any other host and says whether it had to. */
export async function ensureOvhPart(ensureOvh1: () => Promise<boolean>, progress: Progress): Promise<void> {
  mkdirSync(ovhFiles.directory(), { recursive: true, mode: 0o700 });
  await once(ovhFiles.credentials(), 0o600, () => `${JSON.stringify(newCredentials(), null, 2)}\n`);
  writeAtomically(ovhFiles.environment(), environment(), 0o600);
  for (const { mended } of await allOf(OVH_SERVERS.map(ensureHostNetwork))) {
    for (const what of mended) progress.note(`made: ${what}`);
  }
  writeAtomically(statePath("known_hosts"), allKnownHosts());
  const booted = await ensureOvh1();
  await onHost(hostNamed("net1"), ovhRegistrySetup());
  for (const host of OVH_SERVERS) {
    if (hasDisk(host) && !isRunning(host)) {
      await progress.step(`boot ${host.name}`, () => bootServer(host));
    }
  }
  const api = recorded();
  if (!booted && isAlive(api) && api?.code === code() && (await apiAnswers())) return;
  await progress.step("OVH's API", startApi);
}

/** The usual variables of OVH's clients; Node.js has no other way to be told of a CA. */
function environment(): string {
  const keys = readJson<Credentials>(ovhFiles.credentials());
  return `export OVH_ENDPOINT=${API_URL}
export OVH_APPLICATION_KEY=${keys?.applicationKey}
export OVH_APPLICATION_SECRET=${keys?.applicationSecret}
export OVH_CONSUMER_KEY=${keys?.consumerKey}
export NODE_EXTRA_CA_CERTS=${ovhFiles.ca()}
`;
}

async function startApi(): Promise<void> {
  await stopApi();
  if (!existsSync(MAIN)) throw new UserError(`${MAIN} is not there`, "run `npm run build`");
  const log = openSync(ovhFiles.console(), "w", 0o600);
  const child = spawn(process.execPath, [MAIN], { detached: true, stdio: ["ignore", log, log], cwd: "/" });
  closeSync(log);
  child.on("error", () => undefined);
  child.unref();
  const start = child.pid && processStart(child.pid);
  const tail = (): string => readFileSync(ovhFiles.console(), "utf8").trim().split("\n").slice(-8).join("\n    ");
  if (!child.pid || !start) throw new UserError(`OVH's API does not start:\n    ${tail()}`);
  const record: ApiProcess = { pid: child.pid, start, code: code() };
  writeAtomically(ovhFiles.process(), `${JSON.stringify(record)}\n`);
  const answers = async (): Promise<boolean> => {
    if (!isAlive(record)) throw new UserError(`OVH's API ended while it started:\n    ${tail()}`);
    return existsSync(ovhFiles.control()) && (await apiAnswers());
  };
  await until("OVH's API answers", 60, answers, () => `its output ends with:\n    ${tail()}`);
}

async function stopApi(): Promise<void> {
  const record = recorded();
  if (record && isAlive(record)) {
    signal(record, "SIGTERM");
    // A reinstallation under way is ended with its process, and done again by the next one.
    await gone("OVH's API ends", () => [record], 5).catch(() => signal(record, "SIGKILL"));
    await gone("OVH's API ends", () => [record], 5);
  }
  rmSync(ovhFiles.process(), { force: true });
  rmSync(ovhFiles.control(), { force: true });
}

/** Stops the part. With `purge` its disks and all that it remembers are removed. */
export async function stopOvhPart(options: { purge: boolean }): Promise<void> {
  await stopApi();
  for (const host of [OVH_HOST, ...OVH_SERVERS]) {
    await stop(host, options.purge ? "at-once" : "orderly");
    await (options.purge ? removeDisk(host) : unmountDisk(host));
    await removeHostNetwork(host);
  }
  if (options.purge) rmSync(ovhFiles.directory(), { recursive: true, force: true });
}

/** Takes the delegations away from a net1 that stays up. */
export const forgetOvhZones = async (): Promise<void> => {
  await onHost(hostNamed("net1"), ovhRegistryRemoval());
};
