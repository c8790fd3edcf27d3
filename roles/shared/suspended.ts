/** Suspended accounts, as the tables of the mail roles want them. */
import type { CommandSpec } from "../../provider/manifest";
import { type AddressBook, senderLogins } from "./addresses";
import { instance } from "./postfix";
import { program } from "./program";

/** Logins of suspended accounts, sorted. */
export const suspendedLogins = ({ accounts }: Pick<AddressBook, "accounts">): string[] =>
  accounts.mailboxes
    .filter(({ suspended }) => suspended !== undefined)
    .map(({ address }) => address)
    .sort();

/** Addresses whose mail is refused at RCPT TO, and with which words, access(5). The code is that of RFC 3463. */
export const refusedRecipients = ({ accounts }: Pick<AddressBook, "accounts">): (readonly [string, string])[] =>
  accounts.mailboxes
    .filter(({ suspended }) => suspended?.mail === "refuse")
    .map(({ address }) => [address, "550 5.2.1 This mailbox is suspended and takes no mail"] as const);

/**
 * Envelope senders, access(5): held are those that belong to suspended accounts and to nobody else. An address of several
 * people is not among them, since its mail may be theirs. A domain stands for what nobody else owns there.
 */
export function heldSenders(book: AddressBook): (readonly [string, string])[] {
  const suspended = new Set(suspendedLogins(book));
  if (suspended.size === 0) return [];
  const isHeld = (logins: readonly string[]) => logins.every((login) => suspended.has(login));
  const owners = [...senderLogins(book)];
  const wholeDomains = owners.filter(([address, logins]) => address.startsWith("@") && isHeld(logins));
  const inThem = (address: string) => wholeDomains.some(([domain]) => address.endsWith(domain));
  return owners
    .filter(([address, logins]) => isHeld(logins) || inThem(address))
    .map(([address, logins]) => [
      address.replace(/^@/, ""),
      isHeld(logins) ? "HOLD the account is suspended" : "DUNNO",
    ]);
}

/**
 * A step before a reload: sessions of these listeners end, and mail of suspended accounts that waits is held.
 * @param table name of the table in the instance's directory; a change of it is when this is done
 */
export function holdStep(role: string, table: string, listeners: readonly string[] = []): CommandSpec {
  const { directory } = instance(role);
  const path = `${directory}/${table}`;
  const text = program("shared", "hold-suspended.py").trimEnd();
  return { argv: ["python3", "-c", text, directory, path, ...listeners], onChange: [path] };
}
