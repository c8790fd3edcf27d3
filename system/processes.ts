/** Processes. A process id alone proves nothing, ids are used again: a process is its id and its start time. */
import { readFileSync } from "node:fs";

/** A process that cannot be confused with a later one of the same id. */
export interface ProcessRecord {
  pid: number;
  /** Start time in clock ticks since boot, field 22 of proc_pid_stat(5). */
  start: string;
}

/** A file of a process below /proc; empty when there is no such process. */
export function proc(pid: number | string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return "";
  }
}

/** Start time of a process in clock ticks since boot; undefined when there is none, or only its zombie. */
export function processStart(pid: number): string | undefined {
  const stat = proc(pid, "stat");
  // The second field is the name in parentheses, which may hold anything.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return stat === "" || fields[0] === "Z" ? undefined : fields[19];
}

/** Clock ticks a second in /proc, on every architecture that Debian runs on (USER_HZ). */
const TICKS = 100;

/** When a process began, in milliseconds since 1970; undefined when there is none, or only its zombie. */
export function startTime(pid: number): number | undefined {
  const ticks = processStart(pid);
  const uptime = Number(readFileSync("/proc/uptime", "utf8").split(" ")[0]);
  return ticks === undefined ? undefined : Date.now() - uptime * 1000 + (Number(ticks) / TICKS) * 1000;
}

/** Whether that very process still runs. */
export const isAlive = (record: ProcessRecord | undefined): boolean =>
  record !== undefined && record.start !== undefined && processStart(record.pid) === record.start;

/** Sends a signal to exactly that process. */
export function signal(record: ProcessRecord, name: NodeJS.Signals): void {
  if (!isAlive(record)) return;
  try {
    process.kill(record.pid, name);
  } catch {
    // It ended in between.
  }
}
