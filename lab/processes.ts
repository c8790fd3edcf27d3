/** Processes of the lab: those that it recorded, and those whose root of the file system is the overlay of a lab host. */
import { readdirSync } from "node:fs";
import { isAlive, type ProcessRecord, proc, processStart } from "../system/processes";
import { until } from "../system/run";

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

/** Waits until none of the processes is left. */
export async function gone(what: string, records: () => ProcessRecord[], seconds: number): Promise<void> {
  await until(
    what,
    seconds,
    async () => records().every((record) => !isAlive(record)),
    () => `still there: ${records().map((r) => r.pid)} (see ps)`,
  );
}
