/** `postfleet undeclared`: what is on the hosts that neither Debian nor the site file put there, without a preview. */
import { Command } from "commander";
import type { Undeclared } from "../provider/host";
import { type AllowedSpec, BASE_ROLE, type HostConnection, manifest } from "../provider/manifest";
import { judged, type Policy, type Told, undeclaredNote } from "../provider/role/undeclared";
import type { HostSpec, SiteSpec } from "../site";
import { UserError } from "../system/errors";
import { siteOf } from "./site-file";
import { sshIdentity } from "./ssh-identity";
import { namedStack, siteFileOf } from "./stacks";

/** Exit status when a host could not be asked. */
const UNKNOWN = 2;

/** What one host said. */
export type HostReport = { told: Told[]; idle: AllowedSpec[] } | { error: string };

/** Asks a host for what nobody declared. */
export type Ask = (host: HostSpec) => Promise<Undeclared[]>;

/** The report of a site: by host, in words, and the exit status. */
export interface Report {
  hosts: Record<string, HostReport>;
  text: string;
  /** 0: nothing, 1: something, 2: a host could not be asked. */
  status: number;
}

const policyOf = ({ allowed = [], removed = [] }: HostSpec): Policy => ({
  allowed,
  removed: Object.fromEntries(removed.map((path) => [path, ""])),
});

/** Asks the named hosts, or all that are there, at once. */
export async function undeclaredOn(site: SiteSpec, names: string[], ask: Ask, now = new Date()): Promise<Report> {
  const present = site.hosts.filter(({ lost }) => !lost);
  const strange = names.find((name) => !present.some((host) => host.name === name));
  if (strange !== undefined) {
    const hosts = present.map(({ name }) => name).join(", ");
    throw new UserError(`there is no host "${strange}" to ask; the site has ${hosts}`, "name one of them", UNKNOWN);
  }
  const asked = present.filter(({ name }) => names.length === 0 || names.includes(name));
  const answers = await Promise.all(
    asked.map(async (host) => {
      try {
        const found = await ask(host);
        const note = undeclaredNote(found, policyOf(host), now) ?? "nothing that nobody declared";
        const { told, idle } = judged(found, policyOf(host), now);
        return { host, report: { told, idle }, text: note, status: told.length + idle.length > 0 ? 1 : 0 };
      } catch (error) {
        const text = (error instanceof Error ? error.message : String(error)).replace(`${host.name}: `, "");
        return { host, report: { error: text }, text, status: UNKNOWN };
      }
    }),
  );
  return {
    hosts: Object.fromEntries(answers.map(({ host, report }) => [host.name, report])),
    text: answers.map(({ host, text }) => `${host.name}: ${text}\n`).join(""),
    status: Math.max(0, ...answers.map(({ status }) => status)),
  };
}

async function undeclared(names: string[], options: { stack?: string; json?: boolean }): Promise<void> {
  const stack = namedStack(options.stack);
  const site = siteOf(siteFileOf(stack), UNKNOWN);
  // The SSH client is loaded for this command alone.
  const { HostPool } = require("../provider/host") as typeof import("../provider/host");
  const { connection } = require("../components/connections") as typeof import("../components/connections");
  const pool = new HostPool(sshIdentity(stack));
  const ask: Ask = async (host) => {
    const to: HostConnection = connection(site, host);
    return (await pool.observe(to, manifest(BASE_ROLE, {}), {})).undeclared ?? [];
  };
  try {
    const { hosts, text, status } = await undeclaredOn(site, names, ask);
    process.stdout.write(options.json ? `${JSON.stringify(hosts, null, 2)}\n` : text);
    process.exitCode = status;
  } finally {
    await pool.close();
  }
}

/** The command, for the main program. */
export function undeclaredCommand(): Command {
  return new Command("undeclared")
    .description("list what is on the hosts that neither Debian nor the site file put there; nothing is changed")
    .argument("[hosts...]", "hosts to ask. Default: all that are not lost")
    .option("-s, --stack <stack>", "the stack whose site it is")
    .option("--json", "print one JSON object for other programs")
    .addHelpText(
      "after",
      "\nHosts are reached with the key in POSTFLEET_SSH_KEY_FILE or by an ssh-agent." +
        "\nExit status: 0 nothing, 1 something, 2 a host could not be asked.",
    )
    .action(undeclared);
}
