/** One at a time: a lock file that names the process holding it. A lock whose process is gone is taken over. */
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { isAlive, type ProcessRecord, processStart } from "./processes";

const POLL_MILLISECONDS = 200;

/** Gives a file a second name; false when there is a file of that name. */
function linked(file: string, name: string): boolean {
  try {
    linkSync(file, name);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

/** Takes the lock; false when somebody has it. It is there with its content or not at all: nobody finds it half written. */
function take(file: string): boolean {
  const mine = `${file}.${process.pid}`;
  writeFileSync(mine, JSON.stringify({ pid: process.pid, start: processStart(process.pid) }));
  try {
    return linked(mine, file);
  } finally {
    rmSync(mine);
  }
}

const contentOf = (file: string): string | undefined => {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
};

function holderIn(content: string): ProcessRecord | undefined {
  try {
    return JSON.parse(content) as ProcessRecord;
  } catch {
    return undefined;
  }
}

/** Removes a lock that was found stale. Of several who found it so, one may have taken it anew meanwhile: that one is put back. */
function removeStale(file: string, content: string): void {
  const removed = `${file}.stale-${process.pid}`;
  try {
    renameSync(file, removed);
  } catch {
    return; // Somebody else was faster.
  }
  if (contentOf(removed) !== content) linked(removed, file);
  rmSync(removed);
}

/**
 * Runs `work` while holding the lock, after waiting for the present holder.
 *
 * @param waiting Hears who holds the lock and how many seconds were waited so far, before each further wait: 0 at the first.
 * What it throws ends the waiting.
 */
export async function withLock<T>(
  file: string,
  waiting: (pid: number, seconds: number) => void,
  work: () => Promise<T>,
): Promise<T> {
  mkdirSync(dirname(file), { recursive: true });
  let since: number | undefined;
  while (!take(file)) {
    const content = contentOf(file);
    if (content === undefined) continue;
    const holder = holderIn(content);
    if (holder === undefined || !isAlive(holder)) {
      removeStale(file, content);
      continue;
    }
    waiting(holder.pid, since === undefined ? 0 : (Date.now() - since) / 1000);
    since ??= Date.now();
    await new Promise((resolve) => setTimeout(resolve, POLL_MILLISECONDS));
  }
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
  }
}
