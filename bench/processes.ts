/** Peak memory of a command and everything it starts, from proc(5). */
import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { UserError } from "../system/errors";

/** Milliseconds between two looks: the kernel keeps the peak, so only what ends in between is missed. */
const EVERY = 100;

/** A process as /proc shows it. */
export interface Process {
  pid: number;
  parent: number;
  command: string;
}

/** `12 (a name) S 11 …` of /proc/PID/stat: the name may hold blanks and parentheses. */
export const parentIn = (stat: string): number => Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);

/** The peak of resident memory in /proc/PID/status, in MB. */
export const peakIn = (status: string): number => Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) / 1024;

/** A process and all that it started, directly or not. */
export function familyOf(root: number, all: Process[]): Process[] {
  const own = all.filter(({ pid }) => pid === root);
  for (const found of own) own.push(...all.filter(({ parent }) => parent === found.pid));
  return own;
}

function processes(): Process[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const command = readFileSync(`/proc/${name}/cmdline`, "utf8").replaceAll("\0", " ");
        return [{ pid: Number(name), parent: parentIn(readFileSync(`/proc/${name}/stat`, "utf8")), command }];
      } catch {
        return []; // It has just ended.
      }
    });
}

/** What came of a command. */
export interface Watched {
  seconds: number;
  /** MB by the name that `nameOf` gives; of several processes of one name the largest. */
  memory: Record<string, number>;
}

/** Runs a command to its end; one that fails is an error. `nameOf`: undefined for processes of no interest. */
export async function watched(
  argv: string[],
  options: { cwd: string; env: NodeJS.ProcessEnv },
  nameOf: (process: Process, root: number) => string | undefined,
): Promise<Watched> {
  const [program = "", ...args] = argv;
  const since = process.hrtime.bigint();
  const child = spawn(program, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
  let words = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      words = (words + text).slice(-5000);
    });
  }
  const memory: Record<string, number> = {};
  const look = () => {
    for (const found of familyOf(child.pid ?? -1, processes())) {
      const name = nameOf(found, child.pid ?? -1);
      if (name) memory[name] = Math.max(memory[name] ?? 0, peakOf(found.pid));
    }
  };
  const timer = setInterval(look, EVERY);
  try {
    const status = await new Promise<number | null>((resolve, reject) => {
      child.on("error", reject);
      child.on("close", resolve);
    });
    if (status !== 0) throw new UserError(`${argv.join(" ")} failed (${status}):\n${words.trim()}`);
  } finally {
    clearInterval(timer);
  }
  return { seconds: Number(process.hrtime.bigint() - since) / 1e9, memory };
}

function peakOf(pid: number): number {
  try {
    return peakIn(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return 0;
  }
}
