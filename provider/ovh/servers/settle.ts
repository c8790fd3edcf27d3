/** Changes that run as tasks of one service: what is under way is waited for before anything is asked again. */
import type { Reporter } from "../../handler";
import { type OvhApi, OvhError } from "../api";
import { finished, isOpen, type RawTask, taskOf, tasksAt, type Waiting } from "../tasks";
import type { Parts } from "./parts";
import { isTaken } from "./wipe";

export interface Place {
  /** For messages. */
  what: string;
  /** Path of the service's tasks. */
  tasks: string;
  /** Filters that together list the tasks under way. */
  openTasks: Record<string, string>[];
  /** Whether a finished task is gone at once. */
  vanishes: boolean;
}

/** Waits for all that OVH does on this service already, as an earlier run may have been cut off in the middle. */
export async function settled(api: OvhApi, place: Place, parts: Parts, report: Reporter): Promise<void> {
  const lists = await Promise.all(place.openTasks.map((query) => tasksAt(api, place.tasks, query)));
  for (const task of lists.flat().filter(isOpen)) {
    await finished(api, place.tasks, task, waiting(place, `${place.what}: ${task.name}`, parts, report));
  }
}

/** Asks for a change and waits for its task; when another one is in the way, for that first. */
export async function changed(
  api: OvhApi,
  place: Place,
  what: string,
  ask: () => Promise<RawTask>,
  parts: Parts,
  report: Reporter,
): Promise<void> {
  const words = `${place.what}: ${what}`;
  const task = await ask().catch(async (error: unknown) => {
    if (!(error instanceof OvhError && isTaken(error))) throw error;
    await settled(api, place, parts, report);
    return ask();
  });
  await finished(api, place.tasks, taskOf(task), waiting(place, words, parts, report));
}

const waiting = (place: Place, what: string, { times }: Parts, report: Reporter): Waiting => ({
  what,
  patience: times.small,
  newMs: place.vanishes ? 0 : times.newMs,
  report,
});
