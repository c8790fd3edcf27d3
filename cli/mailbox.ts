/** The mailbox that somebody named on a command line. */
import { UserError } from "../system/errors";
import { visibleLine } from "../system/visible";

/** Throws {@link UserError} where there is none, with what to do for who named an alias or a group. */
export function mailboxNamed<M extends { address: string }>(
  mailboxes: readonly M[],
  given: string,
  stack: string,
  hint: string,
): M {
  const address = given.trim().toLowerCase();
  const found = mailboxes.find((each) => each.address.toLowerCase() === address);
  if (found) return found;
  const known = mailboxes.map((each) => each.address).join(", ") || "none";
  throw new UserError(`the stack "${stack}" has no account ${visibleLine(given)}; it has ${known}`, hint);
}
