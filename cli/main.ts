/** The command `postfleet`. Each command is in a file of its own; this one only puts them together. */
import { Command, CommanderError } from "commander";
import { engineCommand } from "./engine";
import { envCommand } from "./env";
import { report } from "./errors";
import { pulumiCommand } from "./pulumi";

/** The whole command line. */
export function program(): Command {
  return new Command("postfleet")
    .description("A whole mail platform, declared in one YAML file and made real with Pulumi.")
    .enablePositionalOptions()
    .showHelpAfterError("(postfleet --help lists the commands)")
    .addCommand(engineCommand())
    .addCommand(envCommand())
    .addCommand(pulumiCommand());
}

/** Runs a command line and gives the exit status: 0 done, 1 failed, 2 wrong usage. */
export async function main(argv: string[]): Promise<number> {
  try {
    const command = program();
    for (const each of [command, ...command.commands]) each.exitOverride();
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
