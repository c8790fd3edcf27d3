/** One at a time: a lock file that names the process holding it. A lock whose process is gone is taken over. */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

const POLL_MILLISECONDS = 1000;

/** Identifies a process beyond its number, which is used again after a reboot: number and start time. */
function identity(pid: number): string | undefined {
  try {
    // Field 22 of /proc/<pid>/stat (proc(5)); the name in field 2 may hold spaces and ends with the last ")".
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").pop()?.split(" ") ?? [];
    return `${pid} ${fields[19]}`;
  } catch {
    return undefined;
  }
}

function holder(file: string): { pid: number; alive: boolean } | undefined {
  try {
    const text = readFileSync(file, "utf8");
    const pid = Number.parseInt(text, 10);
    return { pid, alive: identity(pid) === text };
  } catch {
    return undefined;
  }
}

function take(file: string): boolean {
  try {
    writeFileSync(file, identity(process.pid) ?? String(process.pid), { flag: "wx" });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

/** Runs `work` while holding the lock; waits for the present holder, and tells who that is. */
export async function withLock<T>(file: string, waiting: (pid: number) => void, work: () => Promise<T>): Promise<T> {
  mkdirSync(dirname(file), { recursive: true });
  let told = false;
  while (!take(file)) {
    const other = holder(file);
    if (other && !other.alive) {
      // Renamed first: of several that find the same stale lock only one succeeds, and none removes a fresh one by name.
      const stale = `${file}.stale-${process.pid}`;
      try {
        renameSync(file, stale);
        rmSync(stale);
      } catch {
        // Somebody else was faster.
      }
      continue;
    }
    if (other && !told) waiting(other.pid);
    told = told || other !== undefined;
    await new Promise((resolve) => setTimeout(resolve, POLL_MILLISECONDS));
  }
  try {
    return await work();
  } finally {
    if (existsSync(file)) rmSync(file);
  }
}
