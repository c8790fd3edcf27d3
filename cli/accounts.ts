/** `postfleet accounts`: the password that was generated for one account, for the eyes at one terminal; suspending one. */
import { Command } from "commander";
import { UserError } from "../system/errors";
import { mailboxNamed } from "./mailbox";
import { mustPulumi } from "./pulumi";
import { siteOf } from "./site-file";
import { namedStack, siteFileOf } from "./stacks";
import { suspensionLines } from "./suspension";

/** Exit status of wrong usage. */
const USAGE = 2;

/** What is needed around the command; tests put something else here. */
export interface Surroundings {
  /** Whether somebody sees what is printed. */
  interactive: boolean;
  /** The site's mailboxes, of a stack. */
  mailboxes(stack: string): { address: string; passwordHash?: string }[];
  /** Generated passwords by address, decrypted from the state; undefined where nothing was deployed yet. */
  passwords(stack: string): Promise<Record<string, string> | undefined>;
  print(text: string): void;
}

/** The password of one account. Throws {@link UserError} with what is the matter; the state is decrypted last. */
export async function showPassword(given: string, stack: string, around: Surroundings): Promise<void> {
  if (!around.interactive)
    throw new UserError(
      "a password is shown on a terminal alone, and standard output is none",
      "run it without a pipe or a file behind it",
      USAGE,
    );
  const hint = "an alias or a list has no password: name the mailbox";
  const mailbox = mailboxNamed(around.mailboxes(stack), given, stack, hint);
  if (mailbox.passwordHash !== undefined)
    throw new UserError(
      `the password of ${mailbox.address} was not generated: the site file has its hash`,
      "nobody can tell it any more; make a new hash by `doveadm pw -s BLF-CRYPT`, or remove passwordHash to have a password generated",
    );
  const passwords = (await around.passwords(stack)) ?? {};
  const password = Object.hasOwn(passwords, mailbox.address) ? passwords[mailbox.address] : undefined;
  if (typeof password !== "string" || password === "")
    throw new UserError(
      `no password was generated for ${mailbox.address} yet`,
      `postfleet deploy --stack ${stack} generates it`,
    );
  around.print(`${password}\n`);
}

const real: Surroundings = {
  get interactive() {
    return process.stdout.isTTY === true;
  },
  mailboxes: (stack) => siteOf(siteFileOf(stack), 1).accounts.mailboxes,
  passwords: async (stack) => {
    const { stdout } = await mustPulumi(["stack", "output", "--json", "--show-secrets"], { stack, output: "collect" });
    return (JSON.parse(stdout) as { accounts?: Record<string, string> }).accounts;
  },
  print: (text) => process.stdout.write(text),
};

/** The command, for the main program. */
export function accountsCommand(): Command {
  const command = new Command("accounts").description("the accounts of a stack");
  command
    .command("password")
    .description("show the password that was generated for one account, on a terminal")
    .argument("<address>", "the mailbox, e.g. alice@example.org")
    .option("-s, --stack <stack>", "the stack; there is no default")
    .addHelpText(
      "after",
      "\nExit status: 0 shown, 1 no such account or no generated password, 2 no stack named, or no terminal.",
    )
    .action((address: string, options: { stack?: string }) => showPassword(address, namedStack(options.stack), real));
  command
    .command("suspend")
    .description(
      "print the lines for the site file that suspend an account, and what to do with them; nothing is changed",
    )
    .argument("<address>", "the mailbox, e.g. alice@example.org")
    .option("-s, --stack <stack>", "the stack; there is no default")
    .requiredOption("--why <text>", "the reason, for whoever lifts it")
    .addHelpText("after", "\nExit status: 0 printed, 1 no such account or suspended already, 2 no stack or no reason.")
    .action((address: string, options: { stack?: string; why: string }) => {
      const stack = namedStack(options.stack);
      process.stdout.write(suspensionLines(siteOf(siteFileOf(stack), 1), address, stack, options.why));
    });
  return command;
}
