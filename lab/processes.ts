/**
 * Processes of the lab. A process id alone proves nothing, ids are used again; so a process is the lab's only when its
 * start time is the recorded one, or when the root of its file system is the overlay of a lab host.
 */
import { readdirSync, readFileSync } from "node:fs";
import { until } from "../system/run";

/** A process that cannot be confused with a later one of the same id. */
export interface ProcessRecord {
  pid: number;
  /** Start time in clock ticks since boot, field 22 of proc_pid_stat(5). */
  start: string;
}

function proc(pid: number | string, file: string): string {
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

/** Whether that very process still runs. */
export const isAlive = (record: ProcessRecord | undefined): boolean =>
  record !== undefined && record.start !== undefined && processStart(record.pid) === record.start;

/** Whether mountinfo, proc_pid_mountinfo(5), shows a root file system with that overlay upper directory. */
export function rootedIn(mountinfo: string, upper: string): boolean {
  return mountinfo.split("\n").some((line) => {
    const [mount = "", source = ""] = line.split(" - ");
    const options = source.split(" ")[2]?.split(",") ?? [];
    return mount.split(" ")[4] === "/" && source.startsWith("overlay ") && options.includes(`upperdir=${upper}`);
  });
}

/** All processes whose root is the overlay with that upper directory: a host's own, whatever became of its supervisor. */
export function processesRootedIn(upper: string): ProcessRecord[] {
  const found: ProcessRecord[] = [];
  for (const entry of readdirSync("/proc")) {
    const pid = Number(entry);
    if (!Number.isInteger(pid) || !rootedIn(proc(pid, "mountinfo"), upper)) continue;
    const start = processStart(pid);
    if (start) found.push({ pid, start });
  }
  return found;
}

/** Sends a signal to exactly that process. */
export function signal(record: ProcessRecord, name: NodeJS.Signals): void {
  if (!isAlive(record)) return;
  try {
    process.kill(record.pid, name);
  } catch {
    // It ended in between.
  }
}

/** Waits until none of the processes is left. */
export async function gone(what: string, records: () => ProcessRecord[], seconds: number): Promise<void> {
  await until(
    what,
    seconds,
    async () => records().every((record) => !isAlive(record)),
    () => `still there: ${records().map((r) => r.pid)} (see ps)`,
  );
}
