/** `postfleet plan FILE`: what a site file comes to, before anything is made: hosts, roles, who waits for whom, records, keys. */
import { Command, Option } from "commander";
import { plan } from "../../plan";
import { visible, visibleJson } from "../../system/visible";
import { siteOf } from "../site-file";
import { planSvg } from "./svg";
import { planText } from "./text";

/** Exit status of a site file that cannot be planned. */
const INVALID = 1;

/** The plan in one of its forms. */
export function planOutput(file: string, { json, svg }: { json?: boolean; svg?: boolean }): string {
  const made = plan(siteOf(file, INVALID));
  if (json) return `${visibleJson(made)}\n`;
  return svg ? planSvg(made) : visible(planText(made));
}

/** The command, for the main program. */
export function planCommand(): Command {
  return new Command("plan")
    .description(
      "print what a site file comes to: hosts, roles, who waits for whom, records, keys, data. Contacts nothing",
    )
    .argument("<file>", "the site file")
    .addOption(new Option("--json", "print one JSON object for other programs").conflicts("svg"))
    .addOption(new Option("--svg", "draw it: locations, hosts, roles, the ways of the mail, backups").conflicts("json"))
    .action((file: string, options: { json?: boolean; svg?: boolean }) => {
      process.stdout.write(planOutput(file, options));
    });
}
