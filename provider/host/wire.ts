/** The agent's answers as they come over the wire: one JSON object a line, and everything that such a line must not be. */
import { visibleLine } from "../../system/visible";
import type { AgentError, Progress } from "./types";

/** A word of the agent about one request. */
export type Answer = { id: number } & (
  | { kind: "result"; result: unknown }
  | { kind: "error"; error: AgentError }
  | { kind: "progress"; progress: Progress }
  /** It works on it still. */
  | { kind: "alive" }
);

/** A line that is no answer; the message says why, and shows it. */
export class NoAnswer extends Error {}

/** Characters shown of a line. */
const SHOWN = 200;

type Fields = Record<string, unknown>;

/** Reads a line. Throws {@link NoAnswer}. */
export function answerOf(line: string): Answer {
  const no = (why: string) => new NoAnswer(`${why}: ${quoted(line)}`);
  const value = parsed(line);
  if (!isObject(value)) throw no("it is no JSON object");
  const { id } = value;
  if (typeof id !== "number" || !Number.isSafeInteger(id)) throw no("its id is no number");
  if (value.alive === true) return { id, kind: "alive" };
  if (Object.hasOwn(value, "progress")) {
    const progress = value.progress;
    if (!isObject(progress) || typeof progress.stage !== "string" || typeof progress.message !== "string")
      throw no("its progress has no stage and message");
    return { id, kind: "progress", progress: { stage: progress.stage, message: visibleLine(progress.message) } };
  }
  if (Object.hasOwn(value, "error")) {
    const { error } = value;
    if (!isObject(error) || typeof error.kind !== "string" || typeof error.message !== "string")
      throw no("its error has no kind and message");
    const details = isObject(error.details) ? error.details : {};
    return { id, kind: "error", error: { kind: error.kind, message: error.message, details } };
  }
  if (Object.hasOwn(value, "result")) return { id, kind: "result", result: value.result };
  throw no("it has neither result nor error");
}

/** The start of a line for a message, on one line and without anything that acts on a terminal. */
export function quoted(line: string): string {
  return `"${visibleLine(line, SHOWN)}"`;
}

export function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function parsed(line: string): unknown {
  try {
    // Half of a surrogate pair, which Python makes of a name that is no UTF-8, can be sent to nobody.
    return line.includes("\\ud") ? JSON.parse(line, wellFormed) : JSON.parse(line);
  } catch {
    return undefined;
  }
}

function wellFormed(_key: string, value: unknown): unknown {
  return typeof value === "string" ? Buffer.from(value, "utf8").toString("utf8") : value;
}
