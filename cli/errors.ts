/** How errors end a command. */
import { UserError } from "../system/errors";
import { visible } from "../system/visible";

/** The hint of an error that has one (errors of other rooms carry it in a property of that name, too). */
function hintOf(error: unknown): string | undefined {
  return error instanceof Error && "hint" in error && typeof error.hint === "string" ? error.hint : undefined;
}

/** Prints an error as a user should see it and gives the exit status. Stack traces only with POSTFLEET_DEBUG=1. */
export function report(error: unknown, write: (text: string) => void = (text) => process.stderr.write(text)): number {
  const debug = process.env.POSTFLEET_DEBUG === "1";
  const message = visible(error instanceof Error ? error.message : String(error));
  const expected = error instanceof UserError || (error instanceof Error && "hint" in error);
  const hint = expected ? hintOf(error) : "this is a bug; POSTFLEET_DEBUG=1 shows where it is";
  write(`postfleet: ${message}\n${hint && !message.includes(hint) ? `  hint: ${visible(hint)}\n` : ""}`);
  if (debug && error instanceof Error) write(`${visible(error.stack ?? "")}\n`);
  return error instanceof UserError ? error.status : 1;
}
