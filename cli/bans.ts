/** `postfleet bans`: which addresses may not log in, and the end of such a ban. The judge at the mailstore is asked, by SSH. */
import { isIP } from "node:net";
import { Command } from "commander";
import type { CommandOutput } from "../provider/host";
import { type HostSpec, hostsWith, type SiteSpec } from "../site";
import { UserError } from "../system/errors";
import { visible } from "../system/visible";
import { siteOf } from "./site-file";
import { sshIdentity } from "./ssh-identity";
import { namedStack, siteFileOf } from "./stacks";

/** Exit status when the host could not be asked. */
const UNKNOWN = 2;
/** The program on the mailstore's host, see roles/mailstore/judge.ts. */
const PROGRAM = "/usr/local/sbin/postfleet-bans";

/** Runs words of ours on a host. */
export type Run = (host: HostSpec, argv: string[]) => Promise<CommandOutput>;

/** What the judge said, and the exit status: 0 done, 1 the address was not banned. */
export interface Answer {
  text: string;
  status: number;
}

/** Asks the judge of a site. */
export async function bansOf(site: SiteSpec, words: string[], run: Run): Promise<Answer> {
  const [host] = hostsWith(site, "mailstore");
  if (host === undefined)
    throw new UserError(
      "no host of the site has the role mailstore, so nobody logs in and nobody is banned",
      "give a host that role",
      UNKNOWN,
    );
  let output: CommandOutput;
  try {
    output = await run(host, [PROGRAM, ...words]);
  } catch (error) {
    throw new UserError(error instanceof Error ? error.message : String(error), undefined, UNKNOWN);
  }
  if (output.status > 1)
    throw new UserError(
      `${host.name}: ${visible(output.stderr.trim() || output.stdout.trim() || `${PROGRAM} ended with ${output.status}`)}`,
      "was the site deployed since it has bans? postfleet deploy",
      UNKNOWN,
    );
  return { text: visible(output.stdout), status: output.status };
}

/** An address that somebody typed. */
export function readAddress(given: string): string {
  if (isIP(given) !== 0 && !given.includes("%")) return given;
  throw new UserError(
    `"${visible(given)}" is no address. Allowed is one IPv4 or IPv6 address`,
    "postfleet bans list shows those that are banned; an IPv6 address stands for its /64",
    UNKNOWN,
  );
}

async function bans(words: string[], options: { stack?: string; json?: boolean }): Promise<void> {
  const stack = namedStack(options.stack);
  const site = siteOf(siteFileOf(stack), UNKNOWN);
  // The SSH client is loaded for this command alone.
  const { runOn } = require("../provider/host") as typeof import("../provider/host");
  const { connection } = require("../components/connections") as typeof import("../components/connections");
  const { text, status } = await bansOf(site, [...words, ...(options.json ? ["--json"] : [])], (host, argv) =>
    runOn(connection(site, host), sshIdentity(stack), argv),
  );
  process.stdout.write(text);
  process.exitCode = status;
}

const described = (command: Command, statuses: string): Command =>
  command
    .option("-s, --stack <stack>", "the stack whose site it is")
    .option("--json", "print one JSON object for other programs")
    .addHelpText(
      "after",
      `\nThe host is reached with the key in POSTFLEET_SSH_KEY_FILE or by an ssh-agent.\nExit status: ${statuses}`,
    );

/** The command, for the main program. */
export function bansCommand(): Command {
  const list = described(
    new Command("list").description("list the addresses that are banned, until when and why; nothing is changed"),
    "0 asked and answered, 2 the host could not be asked.",
  ).action((options) => bans(["list"], options));
  const lift = described(
    new Command("lift")
      .description("end the ban of an address at once, on all hosts; nothing is asked")
      .argument("<address>", "IPv4 or IPv6 address; IPv6 is banned by /64"),
    "0 it is free, 1 it was not banned, 2 wrong usage, or the host could not be asked.",
  ).action((address: string, options) => bans(["lift", readAddress(address)], options));
  return new Command("bans")
    .description("addresses that may not log in because they guessed passwords")
    .addCommand(list)
    .addCommand(lift);
}
