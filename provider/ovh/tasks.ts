/**
 * What OVH does after it has answered. Tasks of servers, VPS and vRacks name the same things differently; here they are
 * one kind. Their ids stay valid across runs, so that a run that was cut off is gone on with and nothing starts twice.
 */
import type { Reporter } from "../handler";
import { type Polling, until } from "../polling";
import { type OvhApi, orMissing } from "./api";
import { refused } from "./refused";

/** A task as its family shows it. */
export interface RawTask {
  taskId?: number;
  id?: number;
  function?: string;
  type?: string;
  status?: string;
  state?: string;
  comment?: string | null;
  progress?: number;
  startDate?: string;
  date?: string;
}

export interface Task {
  id: number;
  /** What it does: "reinstallServer", "reinstallVm", … */
  name: string;
  state: string;
  comment: string;
  /** ISO 8601. */
  started?: string;
  /** Per cent. */
  progress?: number;
}

/** States of all families in which OVH still works, or waits. */
const OPEN = ["init", "todo", "doing", "blocked", "paused", "waitingAck"];

/** States in which OVH has given up. */
const FAILED = ["cancelled", "customerError", "ovhError", "error"];

export const isOpen = (task: Task): boolean => OPEN.includes(task.state);
export const hasFailed = (task: Task): boolean => FAILED.includes(task.state);

/** The same task, whatever family it comes from. */
export function taskOf(raw: RawTask | null | undefined): Task {
  if (!raw) return { id: 0, name: "", state: "", comment: "" };
  const started = raw.startDate ?? raw.date;
  return {
    id: raw.taskId ?? raw.id ?? 0,
    name: raw.function ?? raw.type ?? "",
    state: raw.status ?? raw.state ?? "",
    comment: raw.comment ?? "",
    ...(started ? { started } : {}),
    ...(raw.progress === undefined ? {} : { progress: raw.progress }),
  };
}

/** Ids that OVH lists, latest first, with what it says of them: maybe nothing. `at`: "/dedicated/server/ns1/task", "/vps/x/tasks". */
export async function listedTasks(
  api: OvhApi,
  at: string,
  query: Record<string, string> = {},
): Promise<{ id: number; task: Task | undefined }[]> {
  const ids = await api.get<unknown>(at, query);
  if (!Array.isArray(ids)) {
    const hint = "run again; nothing was begun, since what is under way is not known";
    throw refused(`OVH: GET ${at} answered ${JSON.stringify(ids)} in the place of a list of tasks`, hint);
  }
  const found = await Promise.all(
    ids.map(async (id: number) => {
      const raw = await orMissing(api.get<RawTask | null>(`${at}/${id}`));
      return { id, task: raw ? { ...taskOf(raw), id } : undefined };
    }),
  );
  return found.sort((a, b) => b.id - a.id);
}

/** Those of them that are shown. */
export async function tasksAt(api: OvhApi, at: string, query: Record<string, string> = {}): Promise<Task[]> {
  return (await listedTasks(api, at, query)).flatMap(({ task }) => task ?? []);
}

/** OVH still works on it when our patience ends. The next run finds it again. */
export class StillWorking extends Error {
  readonly hint = "OVH goes on with it; the next run waits for the same task and starts nothing anew";

  constructor(
    what: string,
    readonly task: Task,
    limitMs: number,
  ) {
    super(`${what}: task ${task.id} is still ${task.state} after ${Math.round(limitMs / 60_000)} minutes`);
  }
}

/** OVH did not do what it had accepted. */
export class TaskFailed extends Error {
  readonly hint = "OVH's control panel shows more of it; the next run starts it again";
}

export interface Waiting {
  /** For messages: "ns1: installing debian13_64". */
  what: string;
  polling: Polling;
  /**
   * Milliseconds for which a task that was never seen may be missing because it is new; afterwards, or when it was seen,
   * a missing task is a finished one: OVH clears them away. 0 for vRacks, whose tasks are gone the moment they are done.
   */
  newMs: number;
  report: Reporter;
  /** More words on how far it is. */
  detail?(): Promise<string | undefined>;
}

/** Waits for the end of a task; throws when it failed, or {@link StillWorking}. */
export async function finished(api: OvhApi, at: string, task: Task, waiting: Waiting): Promise<void> {
  const { what, polling, report } = waiting;
  const began = Date.now();
  let last = task;
  let seen = false;
  const end = await until(async () => {
    const raw = await orMissing(api.get<RawTask>(`${at}/${task.id}`));
    if (!raw) return seen || Date.now() - began >= waiting.newMs ? "done" : undefined;
    [last, seen] = [taskOf(raw), true];
    const minutes = Math.floor((Date.now() - began) / 60_000);
    const words = [last.state, last.progress === undefined ? "" : `${last.progress} %`, await waiting.detail?.()];
    report.progress(`${what}: ${words.filter(Boolean).join(", ")} (task ${task.id}, ${minutes} min)`);
    return isOpen(last) ? undefined : last.state;
  }, polling);
  if (end === undefined) throw new StillWorking(what, last, polling.limitMs);
  if (end !== "done") {
    throw new TaskFailed(`${what}: OVH's task ${task.id} ended as ${end}: ${last.comment || "no reason given"}`);
  }
}
