/** `postfleet deploy`: hosts, `pulumi up`, and the proof that mail flows. */
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import { consoleProgress } from "../lab/progress";
import { LabError } from "../lab/run";
import { locked, writeAtomically } from "../lab/state";
import { siteAccountsFile } from "../lab/status";
import { up } from "../lab/up";
import { isLabStack, LAB_STACK, OVH_LAB_STACK } from "./env";
import { UserError } from "./errors";
import { hello } from "./hello";
import { labNetwork, probeAccount } from "./lab-status";
import { PROJECT_ROOT } from "./paths";
import { mustPulumi, runPulumi } from "./pulumi";

/** The policies: what a reviewer would refuse is refused before anything changes. The engine wants an absolute path. */
const POLICY_PACK = join(PROJECT_ROOT, "policies", "postfleet-policies");

const print = (text: string) => process.stdout.write(`${text}\n`);

async function bringUpLab(ovh: boolean): Promise<void> {
  try {
    await locked(() => up(PROJECT_ROOT, consoleProgress(), { ovh }));
  } catch (error) {
    throw error instanceof LabError ? new UserError(error.message, error.hint) : error;
  }
}

/** Creates the stack when the backend does not know it yet. */
export async function ensureStack(stack: string): Promise<void> {
  const { stdout } = await mustPulumi(["stack", "ls", "--json"], { stack, output: "collect" });
  const stacks = JSON.parse(stdout) as { name: string }[];
  // A backend with accounts says owner/project/stack.
  if (stacks.some(({ name }) => name.split("/").pop() === stack)) return;
  if (!isLabStack(stack)) {
    throw new UserError(
      `there is no stack "${stack}" in this backend`,
      `check that you are logged in to the right one; a new one: postfleet pulumi --stack ${stack} stack init ${stack}`,
    );
  }
  // Settings left by another lab belong to another passphrase.
  if (!process.env.PULUMI_BACKEND_URL) rmSync(join(PROJECT_ROOT, "stacks", `Pulumi.${stack}.yaml`), { force: true });
  await mustPulumi(["stack", "init", stack, "--non-interactive"], { stack, output: "quiet" });
}

/** Generated passwords, for the programs that test the lab: readable by root alone. */
async function writeAccounts(stack: string): Promise<void> {
  const { stdout } = await mustPulumi(["stack", "output", "--json", "--show-secrets"], { stack, output: "collect" });
  const outputs = JSON.parse(stdout) as { accounts?: Record<string, string> };
  const accounts = Object.entries(outputs.accounts ?? {}).map(([address, password]) => ({ address, password }));
  writeAtomically(siteAccountsFile(), `${JSON.stringify(accounts, null, 2)}\n`, 0o600);
}

/** The mail that goes there and back, between the lab's foreign provider and the site. */
export async function proveMail(): Promise<void> {
  const { lab, network } = await labNetwork();
  await hello(probeAccount(lab.probeAccounts, "zoe"), probeAccount(lab.probeAccounts, "alice"), network, print);
}

/** Everything that `make lab` does after the setup. */
export async function deploy(stack: string): Promise<void> {
  const site = join(PROJECT_ROOT, "stacks", `${stack}.yaml`);
  if (!existsSync(site)) {
    throw new UserError(`there is no site file ${site}`, "stacks/<stack>.yaml describes the site of a stack");
  }
  if (isLabStack(stack)) {
    print("The lab's hosts");
    await bringUpLab(stack === OVH_LAB_STACK);
  }
  await ensureStack(stack);
  print("\nThe site, by pulumi up");
  const result = await runPulumi(["up", "--yes", "--skip-preview", "--policy-pack", POLICY_PACK], { stack });
  if (result.status !== 0) {
    throw new UserError(
      "pulumi up did not reach its end; what it says is above",
      "hosts whose role failed keep their former configuration; mend the cause and repeat the command",
    );
  }
  if (stack !== LAB_STACK) return;
  await writeAccounts(stack);
  print("\nA mail there and back");
  await proveMail();
  print("\nThe site is up. What next:");
  print("  bin/postfleet pulumi preview --diff     what would change, and what was changed by hand");
  print("  bin/postfleet pulumi stack output --show-secrets     the accounts and their passwords");
  print("  bin/postfleet lab ssh mail1     have a look around");
}

/** The commands `deploy` and `hello`. */
export function deployCommands(): Command[] {
  return [
    new Command("deploy")
      .description("bring a stack up: for the lab its hosts first, and a mail there and back at the end")
      .option("-s, --stack <stack>", "the stack", LAB_STACK)
      .action((options: { stack: string }) => deploy(options.stack)),
    new Command("hello")
      .description("send a mail from the lab's foreign provider to the site, and back")
      .action(proveMail),
  ];
}
