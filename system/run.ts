/** What this machine does for us: running programs, waiting for them. */
import { spawn } from "node:child_process";
import { UserError } from "./errors";

export interface RunOptions {
  /** Text for standard input. Default: none. */
  input?: string;
  /** Time limit in seconds. Default 60. */
  timeout?: number;
  env?: Record<string, string>;
}

export interface RunResult {
  /** Exit status; -1 when the program could not be started or was ended by a signal. */
  status: number;
  stdout: string;
  stderr: string;
}

/** Runs a program without a shell and returns how it ended; never rejects. */
export function attempt(argv: string[], options: RunOptions = {}): Promise<RunResult> {
  const [program = "", ...args] = argv;
  const limit = options.timeout ?? 60;
  return new Promise((resolve) => {
    const child = spawn(program, args, { env: { ...process.env, LC_ALL: "C.UTF-8", ...options.env } });
    // spawn()'s own time limit goes on, and keeps this process alive, when the program cannot be started.
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      child.kill("SIGKILL");
    }, limit * 1000);
    const ended = (status: number) => {
      clearTimeout(timer);
      resolve({ status, stdout, stderr });
    };
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    child.on("error", (error) => {
      stderr += `${error.message}\n`;
      ended(-1);
    });
    child.on("close", (code, signal) => {
      if (signal) stderr += `ended by ${signal}${late ? ` (time limit ${limit} s)` : ""}\n`;
      ended(code ?? -1);
    });
    // A program that ends without reading its input is judged by its exit status.
    child.stdin.on("error", () => undefined);
    child.stdin.end(options.input ?? "");
  });
}

/** Runs a program that must succeed; returns its standard output. */
export async function run(argv: string[], options: RunOptions = {}): Promise<string> {
  const result = await attempt(argv, options);
  if (result.status === 0) return result.stdout;
  const words = `${result.stderr.trim()}\n${result.stdout.trim()}`.trim().split("\n").slice(-15).join("\n    ");
  throw new UserError(`\`${argv.join(" ")}\` failed (status ${result.status}):\n    ${words}`);
}

/** Repeats a probe until it is true; an error with `what` and `hint` when the time is over. */
export async function until(
  what: string,
  seconds: number,
  probe: () => Promise<boolean>,
  hint: () => Promise<string> | string,
): Promise<void> {
  const end = Date.now() + seconds * 1000;
  while (!(await probe())) {
    if (Date.now() > end) throw new UserError(`${what}: not within ${seconds} s`, await hint());
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Like Promise.all, but waits for all of them before it throws the first error: nothing goes on behind the caller's back. */
export async function allOf<T>(work: Promise<T>[]): Promise<T[]> {
  const results = await Promise.allSettled(work);
  const failed = results.find((result) => result.status === "rejected");
  if (failed) throw failed.reason;
  return results.map((result) => (result as PromiseFulfilledResult<T>).value);
}
