/**
 * What the lab remembers between commands, all below {@link STATE_DIRECTORY}: which checkout made it, its keys, what it
 * changed on the outer machine, and the processes it started.
 */
import { closeSync, openSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "../system/errors";
import { readJson, writeAtomically } from "../system/files";
import { STATE_DIRECTORY } from "./plan";
import { processStart } from "./processes";
import { checkRoot } from "./requirements";

/** A path below the state directory. */
export const statePath = (...parts: string[]): string => join(STATE_DIRECTORY, ...parts);

/** The marker of the lab. */
export interface LabMarker {
  /** Layout of the state directory; a lab of another layout is replaced. */
  format: number;
  /** The checkout that made the lab. */
  checkout: string;
  created: string;
  /** Kernel settings of the outer machine before the lab, put back by `lab down`. */
  sysctl: Record<string, string>;
  /** OVH's side was asked for; it comes up with the lab. */
  ovh?: boolean;
}

export const STATE_FORMAT = 1;

export const readMarker = (): LabMarker | undefined => readJson<LabMarker>(statePath("lab.json"));
export const writeMarker = (marker: LabMarker): void =>
  writeAtomically(statePath("lab.json"), `${JSON.stringify(marker, null, 2)}\n`);

const LOCK = "/run/postfleet-lab.lock";

/**
 * Runs `work` while no other command changes the lab. A lock whose holder is dead is taken over; for a living one it
 * waits `patience` seconds.
 */
export async function locked<T>(work: () => Promise<T>, patience = 0): Promise<T> {
  checkRoot();
  const mine = JSON.stringify({ pid: process.pid, start: processStart(process.pid) });
  const end = Date.now() + patience * 1000;
  for (let tries = 0; ; tries++) {
    try {
      const file = openSync(LOCK, "wx", 0o644);
      writeFileSync(file, mine);
      closeSync(file);
      break;
    } catch {
      const holder = readJson<{ pid: number; start: string }>(LOCK);
      const alive = holder !== undefined && processStart(holder.pid) === holder.start;
      if (alive && Date.now() < end) {
        await new Promise((resolve) => setTimeout(resolve, 200));
        continue;
      }
      if (alive || (tries > 1 && Date.now() >= end)) {
        throw new UserError(
          `another \`postfleet lab\` command is at work (process ${holder?.pid ?? "unknown"})`,
          "wait until it has ended, then repeat the command",
        );
      }
      rmSync(LOCK, { force: true });
    }
  }
  try {
    return await work();
  } finally {
    rmSync(LOCK, { force: true });
  }
}
