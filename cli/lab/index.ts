/** `postfleet lab`: real Debian hosts on this machine, see lab/README.md. The lab itself is loaded when a command begins. */
import { Command } from "commander";

const commands = () => require("./commands") as typeof import("./commands");

/** The sub-command `lab`. */
export function labCommand(): Command {
  const lab = new Command("lab").description("real Debian hosts on this machine, to deploy to and to test against");
  // Options after the host belong to the command run there.
  lab.enablePositionalOptions();
  lab
    .command("up")
    .description("bring the lab up, or mend it")
    .option("--ovh", "with OVH's side: its API, name servers, backup storage and two servers; it stays with the lab")
    .action((options: { ovh?: boolean }) => commands().labUp(options));
  lab
    .command("down")
    .description("stop the lab; disks and keys stay")
    .option("--purge", "remove the disks, keys and passwords too")
    .option("--ovh", "only OVH's side, with its disks and all that its API knows")
    .action((options: { purge?: boolean; ovh?: boolean }) => commands().labDown(options));
  lab
    .command("status")
    .description("show hosts and services; exit status 0 only when all of them answer")
    .option("--json", "for programs: hosts, resolver, SSH key file, probe accounts")
    .action((options: { json?: boolean }) => commands().labStatus(options));
  lab
    .command("reset")
    .description("make hosts anew: mail1 and back1, or those named; mail and settings on them are gone")
    .argument("[host...]")
    .action((names: string[]) => commands().labReset(names));
  lab
    .command("ssh")
    .description("log in to a host of the lab, or run a command there")
    .argument("<host>", "net1, mail1, back1, foreign1; with OVH's side also ovh1, srv1, srv2")
    .argument("[command...]")
    .passThroughOptions()
    .action((name: string, command: string[]) => commands().labSsh(name, command));
  return lab;
}

/** The command `hello`, which proves on the lab that mail flows. */
export function helloCommand(): Command {
  return new Command("hello")
    .description("send a mail from the lab's foreign provider to the site, and back")
    .action(() => commands().proveMail());
}
