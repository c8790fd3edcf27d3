/** Changes that run as tasks of one service: what is under way is waited for before anything is asked again. */
import type { Reporter } from "../../handler";
import { type OvhApi, OvhError, path } from "../api";
import { finished, isOpen, type RawTask, TaskFailed, taskOf, tasksAt, type Waiting } from "../tasks";
import type { Parts } from "./parts";

export interface TaskOwner {
  /** For messages. */
  what: string;
  /** Path of the service's tasks. */
  tasks: string;
  /** Filters that together list the tasks under way. */
  openTasks: Record<string, string>[];
  /** Whether a finished task is gone at once. */
  vanishes: boolean;
}

/** The tasks of a dedicated server, under way in one of three states. */
export const serverTasks = (service: string): TaskOwner => ({
  what: service,
  tasks: path`/dedicated/server/${service}/task`,
  openTasks: ["init", "todo", "doing"].map((status) => ({ status })),
  vanishes: false,
});

/** OVH refuses because another task of the service is under way. */
export const isTaken = ({ status, said }: OvhError): boolean =>
  /TaskAlreadyExists/.test(said.class ?? "") || (status === 409 && !/Incompatible/.test(said.class ?? ""));

/** Tasks of others follow each other on a server that is set up: so often they are let pass. */
const TURNS = 6;

/** Asks, and when another task of the service is in the way, again after its end. */
export async function inTurn<T>(
  api: OvhApi,
  owner: TaskOwner,
  ask: () => Promise<T>,
  parts: Parts,
  report: Reporter,
): Promise<T> {
  for (let turn = 1; ; turn++) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof OvhError && isTaken(error)) || turn === TURNS) throw error;
      await settled(api, owner, parts, report);
    }
  }
}

/** Waits for all that OVH does on this service already, as an earlier run may have been cut off in the middle. */
export async function settled(api: OvhApi, owner: TaskOwner, parts: Parts, report: Reporter): Promise<void> {
  const lists = await Promise.all(owner.openTasks.map((query) => tasksAt(api, owner.tasks, query)));
  for (const task of lists.flat().filter(isOpen)) {
    // It may be an installation, which takes its time. How it ends is the business of whoever asked for it.
    const polling = parts.times.install;
    const other = { ...waiting(owner, `${owner.what}: ${task.name}`, parts, report), polling };
    await finished(api, owner.tasks, task, other).catch((error: unknown) => {
      if (!(error instanceof TaskFailed)) throw error;
    });
  }
}

/** Asks for a change and waits for its task; when another one is in the way, for that first. */
export async function changed(
  api: OvhApi,
  owner: TaskOwner,
  what: string,
  ask: () => Promise<RawTask>,
  parts: Parts,
  report: Reporter,
): Promise<void> {
  const words = `${owner.what}: ${what}`;
  const task = await inTurn(api, owner, ask, parts, report);
  await finished(api, owner.tasks, taskOf(task), waiting(owner, words, parts, report));
}

const waiting = (owner: TaskOwner, what: string, { times }: Parts, report: Reporter): Waiting => ({
  what,
  polling: times.small,
  newMs: owner.vanishes ? 0 : times.newMs,
  report,
});
