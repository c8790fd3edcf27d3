/** Running the engine in the right place with the right environment. */
import { spawn } from "node:child_process";
import { Command } from "commander";
import { UserError } from "../system/errors";
import { ensureEngine } from "./engine";
import { requirePassphrase, stackVariables } from "./env";
import { report } from "./errors";
import { lockOn } from "./locks";
import { PROJECT_ROOT } from "./paths";
import { onlyReads, stackIn } from "./pulumi-arguments";
import { selectedStack } from "./selection";
import { LAB_STACK, sameStack, stackReference } from "./stack-names";
import { noStackNamed } from "./stacks";
import { surroundingsOf } from "./surroundings";

/** How to run it. */
export interface RunOptions {
  /** As Pulumi takes it: `prod`, `owner/prod` or `owner/project/prod`. */
  stack: string;
  /** "show": the user sees everything. "collect": standard output is returned, standard error is shown. Default show. */
  output?: "show" | "collect" | "quiet";
  /** Working directory. Default: the checkout. */
  cwd?: string;
  /** Further variables. */
  env?: Record<string, string>;
  /** Text for standard input. */
  input?: string;
}

/** What became of it. */
export interface RunResult {
  status: number;
  stdout: string;
  stderr: string;
}

/** The whole environment for `pulumi` on a stack; the engine is made ready first. */
export async function pulumiEnvironment(stack: string): Promise<{ pulumi: string; env: NodeJS.ProcessEnv }> {
  const engine = await ensureEngine();
  const env = { ...process.env, ...stackVariables(stack, engine) };
  if (!process.stdin.isTTY) requirePassphrase(stack, env);
  await surroundingsOf(stack).prepare(env);
  return { pulumi: engine.pulumi, env };
}

/** Runs `pulumi ARGS…` and returns its exit status; never throws for a status other than 0. */
export async function runPulumi(args: string[], options: RunOptions): Promise<RunResult> {
  const { pulumi, env } = await pulumiEnvironment(options.stack);
  const output = options.output ?? "show";
  return new Promise((resolve, reject) => {
    const child = spawn(pulumi, args, {
      cwd: options.cwd ?? PROJECT_ROOT,
      env: { ...env, ...options.env },
      stdio: [
        options.input === undefined ? "inherit" : "pipe",
        output === "show" ? "inherit" : "pipe",
        output === "quiet" ? "pipe" : "inherit",
      ],
    });
    // The engine gets Ctrl-C from the terminal itself and finishes what it has begun; wait for it.
    const ignore = () => {};
    process.on("SIGINT", ignore);
    const collected = { stdout: "", stderr: "" };
    child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      collected.stdout += text;
    });
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      collected.stderr += text;
    });
    child.stdin?.end(options.input);
    child.on("error", (error) => reject(new UserError(`${pulumi} does not start: ${error.message}`)));
    child.on("close", (status) => {
      process.off("SIGINT", ignore);
      const lock = status === 0 || output !== "show" ? undefined : lockOn(options.stack, env);
      if (lock) report(lock);
      resolve({ status: status ?? 130, ...collected });
    });
  });
}

/** Like {@link runPulumi}, but a status other than 0 is an error that carries what Pulumi said. */
export async function mustPulumi(args: string[], options: RunOptions): Promise<RunResult> {
  const result = await runPulumi(args, options);
  if (result.status !== 0) {
    const said = options.output === "quiet" ? `:\n${(result.stderr || result.stdout).trim()}` : "; its output is above";
    throw new UserError(`\`pulumi ${args.join(" ")}\` failed (exit status ${result.status})${said}`);
  }
  return result;
}

/**
 * The stack that `postfleet pulumi` runs on: what the arguments for pulumi or the option name, else what Pulumi has chosen by its
 * environment or by `pulumi stack select`, else for commands that only read the lab's.
 */
export function stackFor(args: readonly string[], option: string | undefined, env = process.env): string {
  const inner = stackIn(args);
  if (inner !== undefined && option !== undefined && !sameStack(inner, option)) {
    throw new UserError(
      `two stacks are named: "${option}" before the arguments for pulumi, and "${inner}" in them`,
      "name the one that is meant",
      2,
    );
  }
  const named = inner ?? option ?? selectedStack(env);
  if (named !== undefined) return stackReference(named);
  if (onlyReads(args)) return LAB_STACK;
  throw noStackNamed(`name it, as in: postfleet pulumi --stack ${LAB_STACK} ${args.join(" ")}`);
}

/** `postfleet pulumi` */
export function pulumiCommand(): Command {
  return new Command("pulumi")
    .description("run pulumi on a stack, with the environment that it needs: postfleet pulumi preview --diff")
    .option(
      "-s, --stack <stack>",
      `the stack. Default: the one that pulumi has selected; else ${LAB_STACK} for commands that only read (preview, stack output, …), none for all others`,
    )
    .argument("[args...]", "arguments for pulumi; put -- before them if postfleet would take them for its own")
    .passThroughOptions()
    .allowUnknownOption()
    .action(async (args: string[], options: { stack?: string }) => {
      process.exitCode = (await runPulumi(args, { stack: stackFor(args, options.stack) })).status;
    });
}
