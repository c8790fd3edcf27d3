/** `postfleet lab`: real Debian hosts on this machine, see lab/README.md. */
import { Command } from "commander";
import { tearDown, tearDownOvh } from "../lab/down";
import { hostNamed } from "../lab/plan";
import { consoleProgress } from "../lab/progress";
import { LabError } from "../lab/run";
import { session } from "../lab/ssh";
import { locked } from "../lab/state";
import { isHealthy, status, statusTable } from "../lab/status";
import { reset, up } from "../lab/up";
import { UserError } from "./errors";
import { PROJECT_ROOT } from "./paths";

/** The lab knows nothing of the command line: its errors become the user's here. */
async function guarded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof LabError ? new UserError(error.message, error.hint) : error;
  }
}

/** The sub-command `lab`. */
export function labCommand(): Command {
  const lab = new Command("lab").description("real Debian hosts on this machine, to deploy to and to test against");
  // Options after the host belong to the command run there.
  lab.enablePositionalOptions();
  lab
    .command("up")
    .description("bring the lab up, or mend it")
    .option("--ovh", "with OVH's side: its API, name servers, backup storage and two servers; it stays with the lab")
    .action((options: { ovh?: boolean }) =>
      guarded(() => locked(() => up(PROJECT_ROOT, consoleProgress(), { ovh: options.ovh === true }))),
    );
  lab
    .command("down")
    .description("stop the lab; disks and keys stay")
    .option("--purge", "remove the disks, keys and passwords too")
    .option("--ovh", "only OVH's side, with its disks and all that its API knows")
    .action((options: { purge?: boolean; ovh?: boolean }) =>
      guarded(() => locked(() => (options.ovh ? tearDownOvh() : tearDown({ purge: options.purge === true })))),
    );
  lab
    .command("status")
    .description("show hosts and services; exit status 0 only when all of them answer")
    .option("--json", "for programs: hosts, resolver, SSH key file, probe accounts")
    .action((options: { json?: boolean }) =>
      guarded(async () => {
        const found = await status();
        process.stdout.write(options.json ? `${JSON.stringify(found, null, 2)}\n` : statusTable(found));
        process.exitCode = isHealthy(found) ? 0 : 1;
      }),
    );
  lab
    .command("reset")
    .description("make hosts anew: mail1 and back1, or those named; mail and settings on them are gone")
    .argument("[host...]")
    .action((names: string[]) => guarded(() => locked(() => reset(names, PROJECT_ROOT, consoleProgress()))));
  lab
    .command("ssh")
    .description("log in to a host of the lab, or run a command there")
    .argument("<host>", "net1, mail1, back1, foreign1; with OVH's side also ovh1, srv1, srv2")
    .argument("[command...]")
    .passThroughOptions()
    .action((name: string, command: string[]) =>
      guarded(async () => {
        process.exitCode = await session(hostNamed(name), command);
      }),
    );
  return lab;
}
