/**
 * Stand-in for the vendor's plugin `command` 1.2.1, for the lab alone: `local:Command` and `remote:Command` with create,
 * update, delete, stdin, environment, triggers and logging. Assets, archives and the copy resources are the vendor's only.
 */
import { randomBytes } from "node:crypto";
import type { Changes, Reporter, ResourceHandler } from "../../provider/handler";
import { equal, hasUnknown, UNKNOWN, type Value, type ValueMap } from "../../provider/values";
import { serveStandIn } from "./server";
import { type Outcome, runHere, runThere } from "./shell";

type Step = "create" | "update" | "delete";

/** Where commands run. */
export type Runner = (
  job: { command: string; stdin: string; environment: Record<string, string> },
  inputs: ValueMap,
) => Promise<Outcome>;

const local: Runner = (job, inputs) => {
  const interpreter = (inputs.interpreter as string[] | undefined) ?? ["/bin/sh", "-c"];
  return runHere(job, interpreter, inputs.dir as string | undefined);
};

const remote: Runner = (job, inputs) => runThere(job, inputs.connection as ValueMap);

function strings(value: Value | undefined): Record<string, string> {
  return Object.fromEntries(Object.entries((value as ValueMap | undefined) ?? {}).map(([k, v]) => [k, String(v)]));
}

/** What an earlier step wrote, for `PULUMI_COMMAND_STDOUT` and `_STDERR`. */
function previousOutput(inputs: ValueMap, outputs: ValueMap | undefined): Record<string, string> {
  if (!outputs || inputs.addPreviousOutputInEnv === false) return {};
  return {
    PULUMI_COMMAND_STDOUT: String(outputs.stdout ?? ""),
    PULUMI_COMMAND_STDERR: String(outputs.stderr ?? ""),
  };
}

function logOutput({ stdout, stderr }: Outcome, logging: Value | undefined, report: Reporter): void {
  const wanted = logging ?? "stdoutAndStderr";
  if (stdout.trim() && (wanted === "stdout" || wanted === "stdoutAndStderr")) report.info(stdout.trimEnd());
  if (stderr.trim() && (wanted === "stderr" || wanted === "stdoutAndStderr")) report.info(stderr.trimEnd());
}

/** Runs one step; the words of a command whose output may be secret (`logging: none`) are not put into its error. */
async function runStep(
  step: Step,
  inputs: ValueMap,
  earlier: ValueMap | undefined,
  runner: Runner,
  report: Reporter,
): Promise<{ stdout: string; stderr: string }> {
  const command = step === "update" ? (inputs.update ?? inputs.create) : inputs[step];
  if (typeof command !== "string") {
    return { stdout: String(earlier?.stdout ?? ""), stderr: String(earlier?.stderr ?? "") };
  }
  const environment = { ...strings(inputs.environment), ...previousOutput(inputs, earlier) };
  const outcome = await runner({ command, stdin: String(inputs.stdin ?? ""), environment }, inputs);
  logOutput(outcome, inputs.logging, report);
  if (outcome.status !== 0) {
    const words = inputs.logging === "none" ? "(its output is not shown: logging is none)" : outcome.stderr.trimEnd();
    throw new Error(`the ${step} command ended with exit status ${outcome.status}: ${words}`);
  }
  // The vendor cuts the last line feed.
  return { stdout: outcome.stdout.replace(/\n$/, ""), stderr: outcome.stderr.replace(/\n$/, "") };
}

/** Triggers are compared one by one: the SDK asks the engine to replace on `triggers[*]`. */
export function changes(olds: ValueMap, news: ValueMap): Changes {
  const result: Changes = {};
  for (const name of new Set([...Object.keys(olds), ...Object.keys(news)])) {
    if (equal(olds[name], news[name])) continue;
    if (name !== "triggers") {
      result[name] = olds[name] === undefined ? "add" : news[name] === undefined ? "delete" : "update";
      continue;
    }
    const [before, after] = [(olds.triggers ?? []) as Value[], (news.triggers ?? []) as Value[]];
    for (let i = 0; i < Math.max(before.length, after.length); i++) {
      if (equal(before[i], after[i])) continue;
      result[`triggers[${i}]`] = i >= before.length ? "add" : i >= after.length ? "delete" : "update";
    }
  }
  return result;
}

const UNSUPPORTED = ["assetPaths", "archivePaths"];

export function commandHandler(runner: Runner, required: string[]): ResourceHandler {
  const unknownOutputs = { stdout: UNKNOWN, stderr: UNKNOWN };
  return {
    refreshBeforeUpdate: false,
    secretOutputs: required.includes("connection") ? ["connection"] : [],
    check(_urn, news) {
      const missing = required.filter((name) => news[name] === undefined);
      const unsupported = UNSUPPORTED.filter((name) => news[name] !== undefined);
      return [
        ...missing.map((property) => ({ property, reason: "is required" })),
        ...unsupported.map((property) => ({ property, reason: "is not known to the lab's stand-in for this plugin" })),
      ];
    },
    diff: (state, news) => changes(state.inputs, news),
    async create(urn, news, preview, report) {
      if (preview || hasUnknown(news)) return { id: "", outputs: { ...news, ...unknownOutputs } };
      const written = await runStep("create", news, undefined, runner, report);
      const name = urn.split("::").pop() ?? "command";
      return { id: `${name}${randomBytes(8).toString("hex")}`, outputs: { ...news, ...written } };
    },
    // A command leaves nothing that could be looked at: that is why roles are not made of commands.
    read: async (state) => state,
    async update(state, news, preview, report) {
      if (preview || hasUnknown(news)) return { ...news, ...unknownOutputs };
      return { ...news, ...(await runStep("update", news, state.outputs, runner, report)) };
    },
    async delete(state, report) {
      await runStep("delete", { ...state.outputs, ...state.inputs }, state.outputs, runner, report);
    },
  };
}

/** The resources of this plugin. */
export const HANDLERS = {
  "command:local:Command": commandHandler(local, []),
  "command:remote:Command": commandHandler(remote, ["connection"]),
};

if (require.main === module) serveStandIn("command", HANDLERS);
