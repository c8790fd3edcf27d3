/** What a deployment to the lab has before and after `pulumi up`: real hosts, and the proof that mail flows. */
import { locked } from "../../lab/state";
import { siteAccountsFile } from "../../lab/status";
import { up } from "../../lab/up";
import { writeAtomically } from "../../system/files";
import { consoleProgress } from "../../system/progress";
import { PROJECT_ROOT } from "../paths";
import { LAB_STACK, OVH_LAB_STACK } from "../stack-names";
import { hello } from "./hello";
import { labNetwork, probeAccount } from "./status";

const print = (text: string) => process.stdout.write(`${text}\n`);

/** Brings up the hosts that a stack of the lab stands on. */
export async function bringUpHosts(stack: string): Promise<void> {
  print("The lab's hosts");
  await locked(() => up(PROJECT_ROOT, consoleProgress(), { ovh: stack === OVH_LAB_STACK }));
}

/** Generated passwords, for the programs that test the lab: readable by root alone. */
function writeAccounts(outputs: { accounts?: Record<string, string> }): void {
  const accounts = Object.entries(outputs.accounts ?? {}).map(([address, password]) => ({ address, password }));
  writeAtomically(siteAccountsFile(), `${JSON.stringify(accounts, null, 2)}\n`, 0o600);
}

/** The mail that goes there and back, between the lab's foreign provider and the site. */
export async function proveMail(): Promise<void> {
  const { lab, network } = await labNetwork();
  await hello(probeAccount(lab.probeAccounts, "zoe"), probeAccount(lab.probeAccounts, "alice"), network, print);
}

/** The end of a deployment: a mail there and back, and what to do next. */
export async function proveDeployment(stack: string, outputs: () => Promise<Record<string, unknown>>): Promise<void> {
  if (stack !== LAB_STACK) return;
  writeAccounts(await outputs());
  print("\nA mail there and back");
  await proveMail();
  print("\nThe site is up. What next:");
  print("  bin/postfleet pulumi preview --diff     what would change, and what was changed by hand");
  print(`  bin/postfleet accounts password ADDRESS -s ${stack}     the password of an account`);
  print("  bin/postfleet lab ssh mail1     have a look around");
}
