/**
 * Tasks: what OVH does after it has answered. Each family has states of its own; what a task does to the world happens
 * when it leaves "doing". Tasks are data, so those that are not finished go on after a restart.
 */
import { isoNow } from "./dates";
import { missing } from "./errors";
import type { Settings } from "./settings";
import type { Family, State, Task } from "./state";

const STATES: Record<Family, { steps: string[]; failed: string }> = {
  zone: { steps: ["todo", "doing", "done"], failed: "error" },
  ip: { steps: ["init", "todo", "doing", "done"], failed: "ovhError" },
  server: { steps: ["init", "todo", "doing", "done"], failed: "ovhError" },
  nasha: { steps: ["init", "todo", "doing", "done"], failed: "ovhError" },
  vrack: { steps: ["init", "todo", "doing", "done"], failed: "cancelled" },
  vps: { steps: ["todo", "doing", "done"], failed: "error" },
};

type Act = (args: Record<string, unknown>, task: Task) => Promise<void> | void;

export class Tasks {
  private readonly acts = new Map<string, Act>();
  private readonly timers = new Map<number, NodeJS.Timeout>();
  private working = 0;
  private stopped = false;

  constructor(
    private readonly state: State,
    private readonly settings: Settings,
    private readonly newId: () => number,
    private readonly changed: () => void,
  ) {}

  /** Names what tasks can do; before {@link resume}. */
  define(name: string, act: Act): void {
    this.acts.set(name, act);
  }

  start(family: Family, owner: string, name: string, act?: Task["act"], comment = ""): Task {
    const now = isoNow();
    const task: Task = {
      id: this.newId(),
      family,
      owner,
      function: name,
      status: STATES[family].steps[0] ?? "",
      comment,
      started: now,
      updated: now,
      ...(act ? { act } : {}),
    };
    this.state.tasks.push(task);
    this.schedule(task);
    return task;
  }

  /** Goes on with everything unfinished. */
  resume(): void {
    for (const task of this.state.tasks) if (this.isOpen(task)) this.schedule(task);
  }

  isOpen(task: Task): boolean {
    return task.done === undefined;
  }

  /** Tasks of a service that are still shown. */
  of(family: Family, owner: string): Task[] {
    const until = Date.now() - (family === "vrack" ? 0 : this.settings.purgeAfter);
    this.state.tasks = this.state.tasks.filter(
      (task) => task.family !== family || task.done === undefined || Date.parse(task.done) > until,
    );
    return this.state.tasks.filter((task) => task.family === family && task.owner === owner);
  }

  open(family: Family, owner: string, name?: string): Task | undefined {
    return this.of(family, owner).find((task) => this.isOpen(task) && (!name || task.function === name));
  }

  find(family: Family, owner: string, id: string): Task {
    const task = this.of(family, owner).find((candidate) => String(candidate.id) === id);
    if (!task) throw missing(family === "vrack" || family === "vps" || family === "zone" ? "id" : "taskId", id);
    return task;
  }

  /** A task as its family shows it. */
  view(task: Task): object {
    const { id, status, comment } = task;
    const doneDate = task.done ?? null;
    const dates = { startDate: task.started, doneDate, lastUpdate: task.updated };
    switch (task.family) {
      case "zone":
        return { id, function: task.function, status, comment, creationDate: task.started, doneDate };
      case "vps": {
        const progress = { todo: 0, doing: 50, done: 100 }[status] ?? 50;
        return { id, type: task.function, state: status, progress, date: task.started };
      }
      case "vrack":
        return { id, function: task.function, status, serviceName: task.owner, todoDate: task.started };
      case "nasha":
        return { taskId: id, operation: task.function, status, comment, ...dates };
      default:
        return { taskId: id, function: task.function, status, comment, ...dates };
    }
  }

  /** Resolves when no task is open. */
  async idle(): Promise<void> {
    while (this.working > 0 || this.timers.size > 0) await new Promise((resolve) => setTimeout(resolve, 2));
  }

  /** No further steps; acts that are under way are awaited. */
  async stop(): Promise<void> {
    this.stopped = true;
    for (const timer of this.timers.values()) clearTimeout(timer);
    this.timers.clear();
    await this.idle();
  }

  private schedule(task: Task): void {
    if (this.stopped) return;
    this.timers.set(
      task.id,
      setTimeout(() => {
        this.working++;
        this.timers.delete(task.id);
        this.step(task).finally(() => {
          this.working--;
          this.changed();
        });
      }, this.settings.delay),
    );
  }

  private async step(task: Task): Promise<void> {
    const { steps, failed } = STATES[task.family];
    let next = steps[steps.indexOf(task.status) + 1] ?? "done";
    if (next === "done" && task.act) {
      try {
        await this.acts.get(task.act.name)?.(task.act.args, task);
      } catch (error) {
        next = failed;
        task.comment = error instanceof Error ? error.message : String(error);
      }
    }
    task.status = next;
    task.updated = isoNow();
    if (next === "done" || next === failed) {
      task.done = new Date().toISOString();
      // Arguments may hold what nobody needs afterwards: scripts, keys.
      delete task.act;
    } else {
      this.schedule(task);
    }
  }
}
