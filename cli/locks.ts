/** Locks that Pulumi puts beside states in a backend of files. A run that was killed leaves its own. */
import { existsSync, readdirSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { UserError } from "../system/errors";
import { readJson } from "../system/files";
import { startTime } from "../system/processes";
import { backendFolder, backendOf } from "./backend";
import { PROJECT_ROOT, PULUMI_PROJECT } from "./paths";
import { stackName } from "./stack-names";

/** A lock as Pulumi writes it. */
interface Lock {
  pid: number;
  username: string;
  hostname: string;
  /** RFC 3339. */
  timestamp: string;
}

/** Whether who made a lock still runs; of a process on another machine nothing is known here. */
type Owner = "running" | "ended" | "unknown";

/** Milliseconds by which the clock may have been corrected between a process's start and its lock. */
const SLACK = 1000;

function ownerOf(lock: Lock | undefined): Owner {
  if (lock === undefined || lock.hostname !== hostname() || !existsSync("/proc/self")) return "unknown";
  const started = startTime(lock.pid);
  // A process that began after the lock was made has only the same number.
  return started === undefined || started > Date.parse(lock.timestamp) + SLACK ? "ended" : "running";
}

function text(lock: Lock | undefined, owner: Owner): string {
  if (lock === undefined) return "by a lock that cannot be read";
  const state = { running: "which still runs", ended: "which has ended", unknown: "of which nothing is known here" };
  return `by ${lock.username} on ${lock.hostname} since ${lock.timestamp}, process ${lock.pid}, ${state[owner]}`;
}

/**
 * What locks a stack, and the one command that goes on; undefined where nothing does, or the backend is none of files.
 * @param reference the stack as Pulumi takes it
 * @param env the environment that `pulumi` has for it
 */
export function lockOn(
  reference: string,
  env: NodeJS.ProcessEnv,
  { cwd, project } = { cwd: PROJECT_ROOT, project: PULUMI_PROJECT },
): UserError | undefined {
  const backend = backendFolder(backendOf(env), cwd);
  if (backend === undefined) return undefined;
  const folder = join(backend, ".pulumi", "locks", "organization", project, stackName(reference));
  const files = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith(".json")) : [];
  if (files.length === 0) return undefined;
  const locks = files.map((name) => readJson<Lock>(join(folder, name)));
  const found = locks.map((lock) => ({ lock, owner: ownerOf(lock) }));
  const who = found.map(({ lock, owner }) => text(lock, owner)).join("; ");
  return new UserError(`the stack "${reference}" is locked ${who}`, hintFor(reference, found));
}

function hintFor(reference: string, found: readonly { lock: Lock | undefined; owner: Owner }[]): string {
  const cancel = `postfleet pulumi cancel --stack ${reference} --yes`;
  const of = (wanted: Owner) => found.filter(({ owner }) => owner === wanted).map(({ lock }) => lock);
  const running = of("running").map((lock) => lock?.pid);
  if (running.length > 0) return `wait for process ${running.join(", ")} to end, then repeat the command`;
  const elsewhere = of("unknown").map((lock) => (lock ? `process ${lock.pid} on ${lock.hostname}` : "its maker"));
  // It removes every lock, so nobody may be at work.
  if (elsewhere.length === 0) return `remove what it left with: ${cancel}; then repeat the command`;
  return `look whether ${elsewhere.join(", ")} still runs; only when it has ended: ${cancel}`;
}
