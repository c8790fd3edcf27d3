/** Erasing and installing a machine, once for each token (see token.ts). */
import type { Reporter } from "../../handler";
import { type OvhApi, OvhError } from "../api";
import { refused } from "../refused";
import { finished, isOpen, type RawTask, type Task, taskOf, tasksAt, type Waiting } from "../tasks";
import type { Parts } from "./parts";
import { inTurn, isTaken, type TaskOwner } from "./settle";
import { startsNow, timeOf } from "./token";

/** How machines of one kind are installed. */
export interface Machine extends TaskOwner {
  /** Its name at OVH. */
  service: string;
  /** Name of the property that holds the token, for messages. */
  property: string;
  /** Filter that finds installations among its tasks. */
  query: Record<string, string>;
  /** Asks OVH for the installation. */
  start(): Promise<RawTask>;
}

/** What a token leads to now. */
export type WipePlan = { kind: "start" } | { kind: "resume"; task: Task } | { kind: "spent"; task: Task };

/**
 * `before`: the task of the installation that an earlier token led to. `blank`: there is no system on it that an old token
 * could destroy. Changes nothing.
 */
export async function planWipe(
  api: OvhApi,
  machine: Machine,
  token: string,
  before: unknown,
  blank: boolean,
): Promise<WipePlan> {
  const tasks = await tasksAt(api, machine.tasks, machine.query);
  const open = tasks.find(isOpen);
  if (open) return { kind: "resume", task: open };
  const spent = tasks.find(
    (task) => task.state === "done" && task.id !== before && Date.parse(task.started ?? "") >= timeOf(token),
  );
  if (spent) return { kind: "spent", task: spent };
  if (!blank && !startsNow(token)) {
    throw refused(
      `${machine.service}: ${machine.property}: "${token}" is more than a week old, and OVH knows of no installation since: nothing is erased`,
      `to erase and install it now, set ${machine.property} to today's date (UTC); to take it over as it is, leave ${machine.property} out`,
    );
  }
  return { kind: "start" };
}

/** Says in a preview, or before it begins, what a plan means. */
export function announce(machine: Machine, what: WipePlan, report: Reporter): void {
  const { service } = machine;
  if (what.kind === "start") report.warn(`${service}: EVERYTHING ON ITS DISKS IS ERASED, and it is installed anew`);
  else if (what.kind === "resume") {
    report.info(`${service}: OVH is installing it (task ${what.task.id}, ${what.task.state}): this run waits for that`);
  } else {
    report.info(
      `${service}: it was installed on ${what.task.started} (task ${what.task.id}): nothing is erased a second time`,
    );
  }
}

/** Does what the plan says and waits for its end. The task that installed the machine. */
export async function carryOut(
  api: OvhApi,
  machine: Machine,
  what: WipePlan,
  parts: Parts,
  waiting: Waiting,
): Promise<Task> {
  const task = what.kind === "start" ? await started(api, machine, parts, waiting.report) : what.task;
  if (what.kind !== "spent") await finished(api, machine.tasks, task, waiting);
  return task;
}

function started(api: OvhApi, machine: Machine, parts: Parts, report: Reporter): Promise<Task> {
  const ask = async (): Promise<Task> => {
    try {
      return taskOf(await machine.start());
    } catch (error) {
      // It may have begun all the same: the answer was lost, or somebody else was faster.
      const doubtful = error instanceof OvhError && (error.status === 0 || error.status >= 500 || isTaken(error));
      const open = doubtful ? (await tasksAt(api, machine.tasks, machine.query)).find(isOpen) : undefined;
      if (!open) throw error;
      return open;
    }
  };
  return inTurn(api, machine, ask, parts, report);
}
