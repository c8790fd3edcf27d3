/** The command `postfleet`. Each command is in a file of its own; this one only puts them together. */
import { Command, CommanderError } from "commander";
import { accountsCommand } from "./accounts";
import { bansCommand } from "./bans";
import { deployCommand } from "./deploy";
import { dnsCommand } from "./dns";
import { engineCommand } from "./engine";
import { envCommand } from "./env";
import { report } from "./errors";
import { helloCommand, labCommand } from "./lab";
import { planCommand } from "./plan";
import { pulumiCommand } from "./pulumi";
import { undeclaredCommand } from "./undeclared";
import { validateCommand } from "./validate";

/** The whole command line. */
export function program(): Command {
  const postfleet = new Command("postfleet")
    .description("A whole mail platform, declared in one YAML file and made real with Pulumi.")
    .enablePositionalOptions()
    .showHelpAfterError("(postfleet --help lists the commands)")
    .addCommand(validateCommand())
    .addCommand(planCommand())
    .addCommand(deployCommand())
    .addCommand(accountsCommand())
    .addCommand(dnsCommand())
    .addCommand(undeclaredCommand())
    .addCommand(bansCommand())
    .addCommand(labCommand())
    .addCommand(helloCommand())
    .addCommand(pulumiCommand())
    .addCommand(engineCommand())
    .addCommand(envCommand());
  return postfleet;
}

/** Commander ends the process at wrong usage unless each command is told not to. */
function throwInsteadOfExit(command: Command): void {
  command.exitOverride();
  for (const each of command.commands) throwInsteadOfExit(each);
}

/** Runs a command line and gives the exit status: 0 done, 1 failed, 2 wrong usage. */
export async function main(argv: string[]): Promise<number> {
  try {
    const command = program();
    throwInsteadOfExit(command);
    await command.parseAsync(argv);
    return Number(process.exitCode ?? 0);
  } catch (error) {
    // Commander has printed its message by then; --help and --version end here too, with status 0.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    return report(error);
  }
}

if (require.main === module) {
  // A pipe that closes early (`postfleet env | head -1`) is no error.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : 1));
  main(process.argv).then((status) => {
    process.exitCode = status;
  });
}
