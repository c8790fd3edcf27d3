/**
 * What the lab remembers between commands, all below {@link STATE_DIRECTORY}: which checkout made it, its keys, what it
 * changed on the outer machine, and the processes it started.
 */
import { join } from "node:path";
import { UserError } from "../system/errors";
import { readJson, writeAtomically } from "../system/files";
import { withLock } from "../system/lock";
import { STATE_DIRECTORY } from "./plan";
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

/** Runs `work` while no other command changes the lab; waits `patience` seconds for one that does. */
export async function locked<T>(work: () => Promise<T>, patience = 0): Promise<T> {
  checkRoot();
  const waiting = (pid: number, seconds: number) => {
    if (seconds < patience) return;
    throw new UserError(
      `another \`postfleet lab\` command is at work (process ${pid})`,
      "wait until it has ended, then repeat the command",
    );
  };
  return withLock(LOCK, waiting, work);
}
