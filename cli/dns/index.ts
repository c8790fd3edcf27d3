/** `postfleet dns`: what DNS must say for the site, what it says, and what to do about the difference. */
import { existsSync } from "node:fs";
import { Command } from "commander";
import { plan } from "../../plan";
import { defaultResolver } from "../../provider/dns/query";
import { endpoint } from "../../provider/dns/query/server";
import type { KeyFacts } from "../../roles/shared/records";
import type { SiteSpec } from "../../site";
import { UserError } from "../../system/errors";
import { consoleProgress } from "../../system/progress";
import { visibleJson } from "../../system/visible";
import { dnsImport } from "../dns-import";
import { mustPulumi } from "../pulumi";
import { siteOf } from "../site-file";
import { LAB_STACK, stackName, stackReference } from "../stack-names";
import { siteFileOf } from "../stacks";
import { surroundingsOf } from "../surroundings";
import { checkDns } from "./check";
import { keysFromState } from "./keys";
import { formatReport, type Mark } from "./print";
import { realWorld } from "./world";

/** Run by Cloudflare, Quad9 and Google: three that validate DNSSEC, of three companies. */
const PUBLIC_RESOLVERS = ["1.1.1.1", "9.9.9.9", "8.8.8.8"];
const COLOURS = { bold: 1, red: 31, yellow: 33, green: 32 };
/** Exit status when nothing could be found out. */
const UNKNOWN = 2;

/** Options of the command. */
interface Options {
  stack?: string;
  resolver?: string[];
  json?: boolean;
}

/** Public keys from the state; private ones stay encrypted, and no passphrase is wanted. */
async function keysOf(stack: string, site: SiteSpec): Promise<KeyFacts> {
  const { stdout } = await mustPulumi(["stack", "export"], { stack, output: "collect" });
  const keys = keysFromState(JSON.parse(stdout), plan(site));
  if (keys !== undefined) return keys;
  throw new UserError(
    `the stack "${stack}" has no keys of ${site.site} yet`,
    `postfleet deploy --stack ${stack} makes them; without them: postfleet dns stacks/${stackName(stack)}.yaml`,
    UNKNOWN,
  );
}

/** Resolvers to ask, and the CA of a stack in a network of its own. */
async function whomToAsk(stack: string | undefined, options: Options): Promise<{ resolvers: string[]; ca?: string[] }> {
  const wrong = (options.resolver ?? []).filter((each) => endpoint(each) === undefined);
  if (wrong.length > 0)
    throw new UserError(
      `--resolver ${wrong.join(" ")}: that is not the address of a resolver`,
      'write "192.0.2.1", "2001:db8::1" or "[2001:db8::1]:53"',
      UNKNOWN,
    );
  const own = options.resolver ?? (process.env.POSTFLEET_RESOLVER ? [defaultResolver()] : undefined);
  const network = stack === undefined ? undefined : await surroundingsOf(stack).network();
  if (network === undefined) return { resolvers: own ?? PUBLIC_RESOLVERS };
  return { resolvers: own ?? [network.resolver], ca: network.ca };
}

async function dns(file: string | undefined, options: Options): Promise<void> {
  // A file alone is judged without a state; without a file it is the lab, as everywhere.
  const named = options.stack ?? (file === undefined ? LAB_STACK : undefined);
  const stack = named === undefined ? undefined : stackReference(named);
  const path = file ?? siteFileOf(stack ?? LAB_STACK);
  if (!existsSync(path))
    throw new UserError(
      `there is no site file ${path}`,
      "postfleet dns FILE, or --stack for stacks/<stack>.yaml",
      UNKNOWN,
    );
  const site = siteOf(path, UNKNOWN);
  const progress = consoleProgress();
  const { resolvers, ca } = await whomToAsk(stack, options);
  const keys = stack === undefined ? undefined : await keysOf(stack, site);
  const found = await checkDns(site, realWorld(resolvers, ca), {
    keys,
    publicResolvers: resolvers === PUBLIC_RESOLVERS,
    progress,
  });
  const colours = process.stdout.isTTY === true && process.env.NO_COLOR === undefined;
  const style: Mark = (text, as) => (colours ? `\u001b[${COLOURS[as]}m${text}\u001b[0m` : text);
  process.stdout.write(options.json ? `${visibleJson(found)}\n` : formatReport(found, style));
  process.exitCode = found.status;
}

/** The command, for the main program. */
export function dnsCommand(): Command {
  const command = new Command("dns")
    .description("compare what DNS must say for a site with what name servers and resolvers say, and tell what to do")
    .argument("[file]", "the site file. Default: stacks/<stack>.yaml")
    .option(
      "-s, --stack <stack>",
      `the stack whose keys DNS must show. Default: ${LAB_STACK} without a file, none with one`,
    )
    .option(
      "-r, --resolver <address>",
      `a resolver to ask, again for each further one. Default: POSTFLEET_RESOLVER, else ${PUBLIC_RESOLVERS.join(", ")}; the lab's own in the lab`,
      (each: string, before: string[] = []) => [...before, each],
    )
    .option("--json", "print one JSON object for other programs")
    .addHelpText(
      "after",
      "\nExit status: 0 all that is required is right, 1 something of it is wrong, 2 it could not be found out.",
    )
    .action((file: string | undefined, options: Options) => dns(file, options));
  dnsImport(command);
  return command;
}
