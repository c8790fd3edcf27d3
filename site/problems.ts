/**
 * What is wrong with a site file, collected: every problem with its place in the file, what was given, what is allowed
 * and how to mend it. Reading never stops at the first one.
 */
import { visible } from "../system/visible";
import type { Position, YamlDocument } from "./yaml/node";

/** Where a value stands: keys as written in the file, and list indexes from 0. */
export type Path = readonly (string | number)[];

/** One thing that is wrong, ready to be printed. */
export interface Problem {
  /** The file it stands in: the site file, or one that it names. */
  file: string;
  /** Line, from 1. */
  line: number;
  /** Column, from 1. */
  column: number;
  /** Place in the site file, e.g. `hosts.mail1.roles[2]`; empty for the file as a whole. */
  path: string;
  /** What is wrong. */
  message: string;
  /** What was given; absent where nothing was. Never a secret. */
  given?: string;
  /** What may stand there. */
  allowed?: string;
  /** How to mend it. */
  hint: string;
  /** Only errors refuse the file. */
  severity: "error" | "warning";
}

/** A problem as its finder tells it; the place is added by {@link Problems}. */
export interface Complaint {
  message: string;
  hint: string;
  allowed?: string;
  /** Default: the value at the path, as written. */
  given?: string;
  /** Default error. */
  severity?: "error" | "warning";
  /** Point at the key instead of its value. */
  onKey?: boolean;
}

/** Errors that are kept of one file, and as many warnings: who has more mends these first. The others are counted. */
export const MOST_PROBLEMS = 100;

/** What is printed instead of a value that may be a secret. */
export const NOT_SHOWN = "(not shown)";

/** Characters shown of a value or a key, and of a message or a hint, which may name some. */
const [SHOWN, SAID] = [100, 1000];

const shortened = (text: string, most: number) => (text.length > most ? `${text.slice(0, most - 3)}...` : text);

/** A path as people write it: `hosts.mail1.roles[2]`, `domains["example.org"].dmarc`. */
export function formatPath(path: Path): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === "number") return `${text}[${key}]`;
    const step = shortened(key, SHOWN);
    if (!/^[\w@-]+$/.test(step)) return `${text}[${JSON.stringify(step)}]`;
    return text === "" ? step : `${text}.${step}`;
  }, "");
}

/** The first of many, for messages: they must not grow with the file. */
export function several(names: readonly string[], separator = ", ", most = 20): string {
  if (names.length <= most) return names.join(separator);
  return `${names.slice(0, most).join(separator)}${separator}and ${names.length - most} more`;
}

/** A complaint, or how to make an error that takes time to make: done only where it is kept. */
export type Told = Complaint | (() => Complaint);

/** The problems of one site file. */
export class Problems {
  readonly #list: Problem[] = [];
  readonly #kept = { error: 0, warning: 0 };
  readonly #dropped = { error: 0, warning: 0 };

  constructor(
    readonly file: string,
    private readonly document: YamlDocument,
  ) {}

  /** Adds a problem of the value at `path`. A missing value is shown at the nearest thing around it that is there. */
  add(path: Path, told: Told): void {
    if (!this.#keeps(typeof told === "function" ? "error" : (told.severity ?? "error"))) return;
    const complaint = typeof told === "function" ? told() : told;
    const found = this.document.locate(path, complaint.onKey ?? false);
    this.#push(this.file, found.place, path, { ...complaint, given: complaint.given ?? found.given });
  }

  /** Adds a problem at a known place, maybe in another file. */
  addAt(file: string, place: Position, path: Path, complaint: Complaint): void {
    if (this.#keeps(complaint.severity ?? "error")) this.#push(file, place, path, complaint);
  }

  /** Whether there is room for one more. */
  #keeps(severity: Problem["severity"]): boolean {
    const room = this.#kept[severity] < MOST_PROBLEMS;
    (room ? this.#kept : this.#dropped)[severity]++;
    return room;
  }

  #push(file: string, place: Position, path: Path, { message, given, allowed, hint, severity }: Complaint): void {
    this.#list.push({
      file,
      ...place,
      path: formatPath(path),
      message: shortened(message, SAID),
      ...(given !== undefined && { given: shortened(given, SHOWN) }),
      ...(allowed !== undefined && { allowed: shortened(allowed, SAID) }),
      hint: shortened(hint, SAID),
      severity: severity ?? "error",
    });
  }

  /** Line of a value, for messages that point at a second place. */
  lineOf(path: Path): number {
    return this.document.locate(path, true).place.line;
  }

  /** Whether one of them is an error, so that the file is refused. */
  get refuse(): boolean {
    return this.#list.some(({ severity }) => severity === "error");
  }

  /** All of them, in the order of the file. */
  sorted(): Problem[] {
    const elsewhere = (problem: Problem) => (problem.file === this.file ? 0 : 1);
    const kept = [...this.#list].sort((a, b) => elsewhere(a) - elsewhere(b) || a.line - b.line || a.column - b.column);
    const last = kept.at(-1);
    const more = (["error", "warning"] as const).flatMap((severity): Problem[] => {
      const number = this.#dropped[severity];
      if (number === 0 || last === undefined) return [];
      const { file, line, column } = last;
      const message = `${number} more ${severity}${number === 1 ? " is" : "s are"} not shown`;
      return [
        { file, line, column, path: "", message, hint: "mend those above first, then read the file again", severity },
      ];
    });
    return [...kept, ...more];
  }
}

/** `3 errors, 1 warning`. */
export function count(problems: readonly Problem[]): string {
  const errors = problems.filter((problem) => problem.severity === "error").length;
  const say = (n: number, what: string) => `${n} ${what}${n === 1 ? "" : "s"}`;
  const warnings = problems.length - errors;
  return warnings === 0 ? say(errors, "error") : `${say(errors, "error")}, ${say(warnings, "warning")}`;
}

/** One problem as a block of text: place and path, then message, given, allowed, hint. */
export function formatProblem(
  problem: Problem,
  style: (text: string, as: "bold" | "red" | "yellow") => string,
): string {
  const { line, column, severity } = problem;
  const texts = Object.entries(problem).map(([name, text]) => [name, typeof text === "string" ? visible(text) : text]);
  const { file, path, message, given, allowed, hint }: Problem = Object.fromEntries(texts);
  const head = `${style(`${file}:${line}:${column}`, "bold")}${path === "" ? "" : `  ${path}`}`;
  const word = style(severity, severity === "error" ? "red" : "yellow");
  const rows = Object.entries({ given, allowed, hint }).filter(([, text]) => text !== undefined);
  return [head, `  ${word}: ${message}`, ...rows.map(([name, text]) => `    ${name.padEnd(8)} ${text}`)].join("\n");
}

/** Thrown when a site file cannot be used; its message lists every problem. */
export class SiteFileError extends Error {
  override readonly name = "SiteFileError";

  constructor(
    readonly file: string,
    readonly problems: Problem[],
  ) {
    const blocks = problems.map((problem) => formatProblem(problem, (text) => text));
    super(`${file} is not a valid site file: ${count(problems)}\n\n${blocks.join("\n\n")}\n`);
  }
}
