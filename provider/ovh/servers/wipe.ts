/** Erasing and installing a machine, once for each token (see token.ts). */
import type { Reporter } from "../../handler";
import { type OvhApi, OvhError } from "../api";
import { refused } from "../refused";
import {
  finished,
  hasFailed,
  isOpen,
  listedTasks,
  type RawTask,
  type Task,
  taskOf,
  tasksAt,
  type Waiting,
} from "../tasks";
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

/** What a token leads to now; `again` looks once more, after a wait. */
export type WipePlan =
  | { kind: "start"; again(): Promise<WipePlan> }
  | { kind: "resume"; task: Task }
  | { kind: "spent"; task: Task };

/**
 * `before`: the task of the installation that an earlier token led to. Changes nothing. What OVH does not say never
 * speaks for erasing: neither a system that it does not name, nor an installation without a date.
 */
export async function planWipe(api: OvhApi, machine: Machine, token: string, before: unknown): Promise<WipePlan> {
  const installations = (await listedTasks(api, machine.tasks, machine.query)).filter(
    ({ task }) => !task?.name || Object.values(machine.query).includes(task.name),
  );
  const open = installations.find(({ task }) => task && isOpen(task))?.task;
  if (open) return { kind: "resume", task: open };
  const others = installations.filter(({ id, task }) => id !== before && !(task && hasFailed(task)));
  const begun = ({ task }: (typeof others)[number]) =>
    task?.state === "done" ? Date.parse(task.started ?? "") : Number.NaN;
  const spent = others.find((each) => begun(each) >= timeOf(token))?.task;
  if (spent) return { kind: "spent", task: spent };
  const { service, property } = machine;
  const doubtful = others.find((each) => Number.isNaN(begun(each)));
  if (doubtful) {
    const { id, task } = doubtful;
    const said = task
      ? `state ${task.state || "missing"}, begun ${task.started ?? "at no time it tells"}`
      : "no details";
    throw refused(
      `${service}: OVH lists the installation ${id} and does not say when it was (${said}), so it may be the one that ${property}: "${token}" wanted: nothing is erased`,
      `run again later, or look into OVH's control panel; to take it over as it is, leave ${property} out`,
    );
  }
  if (!startsNow(token)) {
    throw refused(
      `${service}: ${property}: "${token}" is more than a week old, and OVH knows of no installation since: nothing is erased`,
      `to erase and install it now, set ${property} to today's date (UTC); to take it over as it is, leave ${property} out`,
    );
  }
  return { kind: "start", again: () => planWipe(api, machine, token, before) };
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
  const { kind, task } = what.kind === "start" ? await started(api, machine, what, parts, waiting.report) : what;
  if (kind !== "spent") await finished(api, machine.tasks, task, waiting);
  return task;
}

type Begun = Exclude<WipePlan, { kind: "start" }>;

function started(
  api: OvhApi,
  machine: Machine,
  plan: Extract<WipePlan, { kind: "start" }>,
  parts: Parts,
  report: Reporter,
): Promise<Begun> {
  let turn = 0;
  const underWay = async (): Promise<Begun | undefined> => {
    const task = (await tasksAt(api, machine.tasks, machine.query)).find(isOpen);
    return task && { kind: "resume", task };
  };
  const ask = async (): Promise<Begun> => {
    // What was waited for may have been an installation by the same token.
    const now = turn++ === 0 ? plan : await plan.again();
    if (now.kind !== "start") return now;
    try {
      const task = taskOf(await machine.start());
      if (task.id !== 0) return { kind: "resume", task };
    } catch (error) {
      // It may have begun all the same: the answer was lost, or somebody else was faster.
      const doubtful = error instanceof OvhError && (error.status === 0 || error.status >= 500 || isTaken(error));
      const open = doubtful ? await underWay() : undefined;
      if (!open) throw error;
      return open;
    }
    const open = await underWay();
    if (open) return open;
    throw refused(
      `${machine.service}: OVH took the order to install and names no task for it`,
      "run again: it waits for the installation as soon as OVH lists it",
    );
  };
  return inTurn(api, machine, ask, parts, report);
}
