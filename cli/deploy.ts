/** `postfleet deploy`: `pulumi up` with the policies, after a look at what would change. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { Command } from "commander";
import { UserError } from "../system/errors";
import { DEFAULT_PLACES } from "./env";
import { lockOn } from "./locks";
import { PROJECT_ROOT } from "./paths";
import { mustPulumi, runPulumi } from "./pulumi";
import { sameStack, stackName } from "./stack-names";
import { namedStack } from "./stacks";
import { surroundingsOf } from "./surroundings";

/** The policies: what a reviewer would refuse is refused before anything changes. The engine wants an absolute path. */
const POLICIES = ["--policy-pack", join(PROJECT_ROOT, "policies", "postfleet-policies")];

const print = (text: string) => process.stdout.write(`${text}\n`);

/** Creates the stack when the backend does not know it yet. */
export async function ensureStack(stack: string): Promise<void> {
  const { stdout } = await mustPulumi(["stack", "ls", "--json"], { stack, output: "collect" });
  const stacks = JSON.parse(stdout) as { name: string }[];
  if (stacks.some(({ name }) => sameStack(name, stack))) return;
  if (!surroundingsOf(stack).disposable) {
    throw new UserError(
      `there is no stack "${stack}" in this backend`,
      `check that you are logged in to the right one; a new one: postfleet pulumi --stack ${stack} stack init ${stack}`,
    );
  }
  // Settings left by an earlier stack of that name belong to another passphrase.
  if (!process.env.PULUMI_BACKEND_URL)
    rmSync(join(PROJECT_ROOT, "stacks", `Pulumi.${stackName(stack)}.yaml`), { force: true });
  await mustPulumi(["stack", "init", stack, "--non-interactive"], { stack, output: "quiet" });
}

/** What {@link consent} asks through; tests put something else here. */
export interface Terminal {
  /** Whether somebody sits there who can answer. */
  interactive: boolean;
  ask(question: string): Promise<string>;
}

/** A terminal of two streams. The end of input (Ctrl-D), and Ctrl-C at the question, are an empty answer. */
export function terminalOn(
  input: NodeJS.ReadableStream & { isTTY?: boolean },
  output: NodeJS.WritableStream & { isTTY?: boolean },
): Terminal {
  return {
    interactive: input.isTTY === true && output.isTTY === true,
    ask(question) {
      const lines = createInterface({ input, output });
      return new Promise((resolve) => {
        lines.once("close", () => {
          output.write("\n");
          resolve("");
        });
        lines.question(question, (answer) => {
          resolve(answer);
          lines.removeAllListeners("close").close();
        });
      });
    },
  };
}

/** Refuses before anything is asked of anybody where nobody could consent. */
export function requireConsent(stack: string, yes: boolean, terminal: Pick<Terminal, "interactive">): void {
  if (surroundingsOf(stack).disposable || yes || terminal.interactive) return;
  throw new UserError(
    `deploying the stack "${stack}" needs consent, and there is no terminal to give it at`,
    `look at it with: postfleet pulumi --stack ${stack} preview --diff; then repeat with --yes`,
    2,
  );
}

/** Whether the person at the terminal wants it; everything but a clear yes is a no. */
export async function consent(stack: string, terminal: Terminal): Promise<boolean> {
  const answer = await terminal.ask(`\nApply this to the stack "${stack}"? [y/N] `);
  return /^\s*y(es)?\s*$/i.test(answer);
}

/** What a stack gives to others, secrets in clear. */
async function outputsOf(stack: string): Promise<Record<string, unknown>> {
  const { stdout } = await mustPulumi(["stack", "output", "--json", "--show-secrets"], { stack, output: "collect" });
  return JSON.parse(stdout) as Record<string, unknown>;
}

/**
 * Brings a stack up. One that is not disposable is previewed first, also with consent given ahead: during the update itself the
 * policies are asked of one resource after the other, when those before it are changed already.
 */
export async function deploy(
  named: string | undefined,
  yes = false,
  terminal = terminalOn(process.stdin, process.stdout),
): Promise<void> {
  const stack = namedStack(named);
  requireConsent(stack, yes, terminal);
  const { disposable, variables, beforeUp, afterUp } = surroundingsOf(stack);
  await beforeUp();
  await ensureStack(stack);
  const lock = lockOn(stack, { ...process.env, ...variables(process.env, DEFAULT_PLACES) });
  if (lock) throw lock;
  if (!disposable) {
    print("What would change, by pulumi preview");
    await mustPulumi(["preview", "--diff", ...POLICIES], { stack });
    if (!yes && !(await consent(stack, terminal))) {
      print("Nothing was changed.");
      return;
    }
  }
  print("\nThe site, by pulumi up");
  const result = await runPulumi(["up", "--yes", "--skip-preview", ...POLICIES], { stack });
  if (result.status !== 0) {
    throw new UserError(
      "pulumi up did not reach its end; what it says is above",
      "hosts whose role failed keep their former configuration; mend the cause and repeat the command",
    );
  }
  await afterUp(() => outputsOf(stack));
}

/** The command `deploy`. */
export function deployCommand(): Command {
  return new Command("deploy")
    .description(
      "bring a stack up, after a preview and your consent; for the lab its hosts first, and a mail there and back",
    )
    .option("-s, --stack <stack>", "the stack; there is no default")
    .option("-y, --yes", "apply what the preview shows without a question, for scripts")
    .addHelpText(
      "after",
      "\nExit status: 0 done, or declined (everything but y or yes, Ctrl-D too: nothing is changed); 1 failed; 2 no stack named, or nobody there to consent.",
    )
    .action((options: { stack?: string; yes?: boolean }) => deploy(options.stack, options.yes));
}
