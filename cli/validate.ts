/** `postfleet validate FILE [--json]`: everything that is wrong with a site file. Nothing is contacted. */
import { Command } from "commander";
import { readSite } from "../plan";
import { count, formatProblem, type SiteReading } from "../site";
import { visibleJson } from "../system/visible";

const ANSI = { bold: "\u001b[1m", red: "\u001b[31m", yellow: "\u001b[33m" };

/** What `validate` prints, and its exit status: 0 valid, 1 errors, 2 the file cannot be read. */
export function report(
  file: string,
  reading: SiteReading,
  options: { json: boolean; colour: boolean },
): { text: string; status: 0 | 1 | 2 } {
  const { problems, site, unreadable } = reading;
  const status = unreadable ? 2 : site ? 0 : 1;
  if (options.json) return { text: `${visibleJson({ file, valid: status === 0, problems })}\n`, status };
  const style: Parameters<typeof formatProblem>[1] = (text, as) =>
    options.colour ? `${ANSI[as]}${text}\u001b[0m` : text;
  const blocks = problems.map((problem) => `${formatProblem(problem, style)}\n\n`).join("");
  const summary = site
    ? `${file}: valid${problems.length > 0 ? `, ${count(problems)}` : ""}; ${say(site.hosts.length, "host")}, ` +
      `${say(site.domains.length, "domain")}, ${say(site.accounts.mailboxes.length, "mailbox", "es")}`
    : `${file}: ${count(problems)}`;
  return { text: `${blocks}${summary}\n`, status };
}

const say = (n: number, what: string, plural = "s") => `${n} ${what}${n === 1 ? "" : plural}`;

/** The command, for the main program. */
export function validateCommand(): Command {
  return new Command("validate")
    .description("check a site file: all errors at once, with line, path and hint; nothing is contacted")
    .argument("<file>", "the site file, e.g. stacks/example.yaml")
    .option("--json", "print one JSON object for other programs")
    .addHelpText("after", "\nExit status: 0 valid (maybe with warnings), 1 errors, 2 the file cannot be read.")
    .action((file: string, options: { json?: boolean }) => {
      const colour = process.stdout.isTTY === true && process.env.NO_COLOR === undefined;
      const { text, status } = report(file, readSite(file), { json: options.json ?? false, colour });
      (status === 2 && !options.json ? process.stderr : process.stdout).write(text);
      process.exitCode = status;
    });
}
