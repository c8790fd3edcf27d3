/**
 * The hosts as machines: an overlay over their image, booted by systemd-nspawn in the host's network namespace.
 *
 * The machine is not registered with systemd-machined, so the lab works on outer machines without systemd as well.
 */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { UserError } from "../system/errors";
import { readJson, writeAtomically } from "../system/files";
import { isAlive, type ProcessRecord, processStart, signal } from "../system/processes";
import { allOf, attempt, run, until } from "../system/run";
import type { HostContents } from "./contents";
import { controlGroups, removeDirectory, removeGroup } from "./groups";
import { hostsFile } from "./identity";
import { imageLayers } from "./images";
import { packageDirectory } from "./packages";
import { type LabHost, machineName } from "./plan";
import { gone, processesRootedIn } from "./processes";
import { statePath } from "./state";

const hostPath = (host: LabHost, ...parts: string[]): string => statePath("hosts", host.name, ...parts);
/** Root of a host's file system, seen from the outer machine. */
export const rootPath = (host: LabHost, path = ""): string => join(hostPath(host, "root"), path);
const upper = (host: LabHost): string => hostPath(host, "upper");

/** What a host is made of; when it changes, the host is made anew. */
interface MachineStamp {
  layers: string[];
  /** Hash of files and setup. */
  contents: string;
}

const digest = (contents: HostContents): string => createHash("sha256").update(JSON.stringify(contents)).digest("hex");

const readStamp = (host: LabHost): MachineStamp | undefined => readJson<MachineStamp>(hostPath(host, "stamp.json"));

/** Whether a host has a disk, made to its end. */
export const hasDisk = (host: LabHost): boolean => readStamp(host) !== undefined;

/** Whether a host's disk is there and still what is wanted. A bare host stays: a site may live on it. */
export function diskIsCurrent(host: LabHost, contents: HostContents): boolean {
  const stamp = readStamp(host);
  if (!stamp?.layers.every((layer) => existsSync(layer))) return false;
  if (host.bare) return true;
  return stamp.contents === digest(contents) && stamp.layers.join() === imageLayers(host).join();
}

const isMounted = (path: string): boolean =>
  readFileSync("/proc/self/mountinfo", "utf8")
    .split("\n")
    .some((line) => line.split(" ")[4] === path);

async function mountDisk(host: LabHost, layers: string[]): Promise<void> {
  if (isMounted(rootPath(host))) return;
  const options = `lowerdir=${layers.join(":")},upperdir=${upper(host)},workdir=${hostPath(host, "work")}`;
  await run(["mount", "-t", "overlay", "overlay", "-o", options, rootPath(host)]);
}

/** Makes a new disk with these contents; the host must be stopped. */
export async function createDisk(
  host: LabHost,
  contents: HostContents,
  mirror: { name: string; address: string },
): Promise<void> {
  await removeDisk(host);
  for (const directory of ["upper", "work", "root"]) mkdirSync(hostPath(host, directory), { recursive: true });
  const layers = imageLayers(host);
  await mountDisk(host, layers);
  writeHostsFile(host, mirror);
  for (const [path, file] of Object.entries(contents.files)) {
    const target = rootPath(host, path);
    mkdirSync(dirname(target), { recursive: true });
    rmSync(target, { force: true });
    writeFileSync(target, file.content);
    chmodSync(target, file.mode ?? 0o644);
  }
  await run(["chroot", rootPath(host), "sh", "-e"], { input: contents.setup, timeout: 120 });
  const stamp: MachineStamp = { layers, contents: digest(contents) };
  writeAtomically(hostPath(host, "stamp.json"), `${JSON.stringify(stamp, null, 2)}\n`);
}

const writeHostsFile = (host: LabHost, mirror: { name: string; address: string }): void =>
  writeFileSync(rootPath(host, "/etc/hosts"), hostsFile(host, mirror));

/** Follows the mirror to a new address; a host's file stays as it is while its address is still one of the mirror's. */
export function refreshMirror(host: LabHost, mirror: { name: string; addresses: string[] }): void {
  const [address] = mirror.addresses;
  const text = readFileSync(rootPath(host, "/etc/hosts"), "utf8");
  const line = text.split("\n").find((candidate) => candidate.endsWith(` ${mirror.name}`));
  if (!address || (line && mirror.addresses.includes(line.split(" ")[0] ?? ""))) return;
  const others = text.split("\n").filter((candidate) => candidate !== line);
  writeFileSync(rootPath(host, "/etc/hosts"), `${others.join("\n").trimEnd()}\n${address} ${mirror.name}\n`);
}

/** Removes a stopped host's disk. */
export async function removeDisk(host: LabHost): Promise<void> {
  await unmountDisk(host);
  rmSync(hostPath(host), { recursive: true, force: true });
}

export async function unmountDisk(host: LabHost): Promise<void> {
  while (isMounted(rootPath(host))) await run(["umount", rootPath(host)]);
}

const supervisor = (host: LabHost): ProcessRecord | undefined =>
  readJson<ProcessRecord>(hostPath(host, "process.json"));

/** Whether a host's machine runs: its supervisor, and a process whose root is the host's disk. */
export const isRunning = (host: LabHost): boolean => isAlive(supervisor(host));

/** Last lines of a host's console. */
export function consoleTail(host: LabHost): string {
  const path = hostPath(host, "console.log");
  const text = existsSync(path) ? readFileSync(path, "utf8").trimEnd().split("\n").slice(-8).join("\n    ") : "";
  return text || "(nothing on the console)";
}

const outerSystemd = (): boolean => existsSync("/run/systemd/system");

function nspawnCommand(host: LabHost): string[] {
  return [
    "systemd-nspawn",
    "--quiet",
    `--directory=${rootPath(host)}`,
    `--machine=${machineName(host)}`,
    `--network-namespace-path=/run/netns/${machineName(host)}`,
    "--boot",
    "--register=no",
    "--keep-unit",
    // Mail roles need no kernel modules; without the capability systemd-modules-load is skipped instead of failing.
    "--capability=all",
    "--drop-capability=CAP_SYS_MODULE",
    "--resolv-conf=off",
    "--timezone=off",
    "--link-journal=no",
    "--console=pipe",
    `--bind=${packageDirectory(host.name)}:/var/cache/apt/archives`,
  ];
}

/** What systemd-nspawn is told by its environment: cgroup2 inside, and the host's own network settings writable. */
const ENVIRONMENT = { UNIFIED_CGROUP_HIERARCHY: "1", SYSTEMD_NSPAWN_API_VFS_WRITABLE: "network" };

/** Boots a host whose disk and network are ready; returns at once. */
export async function boot(host: LabHost): Promise<void> {
  const stamp = readStamp(host);
  if (!stamp) throw new UserError(`${host.name} has no disk`, "run `postfleet lab up`");
  await mountDisk(host, stamp.layers);
  const pid = outerSystemd() ? await startUnit(host) : startProcess(host);
  const start = pid && processStart(pid);
  if (!pid || !start) throw new UserError(`${host.name} does not boot:\n    ${consoleTail(host)}`);
  writeAtomically(hostPath(host, "process.json"), `${JSON.stringify({ pid, start })}\n`);
}

/** Starts a machine in control groups of its own, apart from the caller's session. */
function startProcess(host: LabHost): number | undefined {
  const log = openSync(hostPath(host, "console.log"), "w");
  const [group] = controlGroups(host);
  let argv = nspawnCommand(host);
  if (group) {
    mkdirSync(group, { recursive: true });
    argv = ["sh", "-c", `echo $$ > "$0/cgroup.procs"; exec "$@"`, group, ...argv];
  }
  const [program = "", ...args] = argv;
  const child = spawn(program, args, {
    detached: true,
    stdio: ["ignore", log, log],
    cwd: "/",
    env: { PATH: process.env.PATH, LC_ALL: "C.UTF-8", ...ENVIRONMENT },
  });
  closeSync(log);
  child.on("error", () => undefined);
  child.unref();
  return child.pid;
}

/** Starts a machine as a unit of the outer machine's systemd, which would otherwise end it with the caller's session. */
async function startUnit(host: LabHost): Promise<number | undefined> {
  const unit = `${machineName(host)}.service`;
  const log = hostPath(host, "console.log");
  rmSync(log, { force: true });
  const output = [`StandardOutput=append:${log}`, `StandardError=append:${log}`];
  const properties = ["Type=exec", "Delegate=yes", "KillMode=mixed", "TasksMax=infinity", ...output];
  const environment = Object.entries(ENVIRONMENT).map(([name, value]) => `--setenv=${name}=${value}`);
  const settings = [...properties.map((property) => `--property=${property}`), ...environment];
  await run(["systemd-run", "--quiet", "--collect", `--unit=${unit}`, ...settings, ...nspawnCommand(host)]);
  return Number(await run(["systemctl", "show", "--property=MainPID", "--value", unit])) || undefined;
}

/** A place for sockets that newer versions of systemd-nspawn mount, and leave behind when they are killed. */
async function removeExport(host: LabHost): Promise<void> {
  const path = `/run/systemd/nspawn/unix-export/${machineName(host)}`;
  if (isMounted(path)) await run(["umount", path]);
  removeDirectory(path);
}

/** Everything that belongs to a host's machine: its supervisor and the processes on its disk. */
export function machineProcesses(host: LabHost): ProcessRecord[] {
  const record = supervisor(host);
  return [...(record && isAlive(record) ? [record] : []), ...processesRootedIn(upper(host))];
}

/** Stops a host: in order, or at once where its disk is thrown away or its supervisor is gone. */
export async function stop(host: LabHost, how: "orderly" | "at-once"): Promise<void> {
  const record = supervisor(host);
  if (how === "orderly" && record && isAlive(record)) {
    signal(record, "SIGTERM");
    const end = Date.now() + 20_000;
    while (isAlive(record) && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 100));
  }
  for (const left of machineProcesses(host)) signal(left, "SIGKILL");
  await gone(`${host.name} ends`, () => machineProcesses(host), 15);
  rmSync(hostPath(host, "process.json"), { force: true });
  if (outerSystemd()) {
    // The unit ends a moment after its processes; a new one cannot have its name before.
    for (const verb of ["stop", "reset-failed"]) await attempt(["systemctl", verb, `${machineName(host)}.service`]);
  }
  await removeExport(host);
  if (!outerSystemd()) await allOf(controlGroups(host).map(removeGroup));
}

/** Waits until a host's sshd greets. */
export async function waitForSsh(host: LabHost, answers: () => Promise<boolean>): Promise<void> {
  await until(
    `SSH of ${host.name}`,
    60,
    async () => {
      if (!isRunning(host)) throw new UserError(`${host.name} ended while it booted:\n    ${consoleTail(host)}`);
      return answers();
    },
    () => `the console of ${host.name} ends with:\n    ${consoleTail(host)}`,
  );
}
