/** Accounts in Dovecot's passwd-file format: the passdb and userdb of the mailstore. */
import { passwdField } from "../../quote/mail";
import { owned } from "../shared/paths";

/** One account as the mailstore sees it. */
export interface UserEntry {
  /** Login: the full address. */
  address: string;
  /** Password hash with its scheme, `{BLF-CRYPT}$2y$…`. */
  passwordHash: string;
  /** Storage limit in bytes. */
  quota: number;
  /** Its own Sieve script rests, and all mail is kept. */
  suspended?: boolean;
}

/**
 * Last line of the file: where it is missing, the file is not whole. No login has such a name, since no client may say `!`.
 * It is found whatever password is asked with.
 */
export const END_OF_ACCOUNTS = "!end";

/** An active script where there is none, as a setting of one account. */
const NO_SCRIPT = " userdb_sieve_script/personal/sieve_script_active_path=/nonexistent";

/** The file: `login:hash::::::fields`. uid, gid and home are the mailstore's and the same for all. */
export function passwdFile(entries: UserEntry[]): string {
  const lines = entries
    .map((e) => ({ ...e, address: e.address.toLowerCase() }))
    .sort((a, b) => (a.address < b.address ? -1 : 1))
    .map(
      (e) =>
        `${passwdField(e.address)}:${checked(e)}::::::userdb_quota_storage_size=${e.quota}B${e.suspended ? NO_SCRIPT : ""}\n`,
    );
  return `${owned("mailstore")}${lines.join("")}${END_OF_ACCOUNTS}:::::::nopassword\n`;
}

/** A hash that would break the line, or is no hash, is refused here: Dovecot would only say "wrong password". */
function checked({ address, passwordHash }: UserEntry): string {
  if (!/^\{[A-Z0-9-]+\}[^\s:]+$/.test(passwordHash)) {
    throw new Error(
      `The password hash of ${address} is not in Dovecot's form {SCHEME}hash (given: ${passwordHash.length} characters, not shown). ` +
        "Hint: `doveadm pw -s BLF-CRYPT` prints one; or leave it away and a password is generated.",
    );
  }
  return passwordHash;
}

/** The logins that are refused, in the same format. */
export const suspendedFile = (logins: readonly string[]): string =>
  owned("mailstore") + logins.map((login) => `${passwdField(login)}:\n`).join("");
