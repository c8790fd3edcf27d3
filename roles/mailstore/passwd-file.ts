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
}

/** The file: `login:hash::::::fields`. uid, gid and home are the mailstore's and the same for all. */
export function passwdFile(entries: UserEntry[]): string {
  const lines = entries
    .map((e) => ({ ...e, address: e.address.toLowerCase() }))
    .sort((a, b) => (a.address < b.address ? -1 : 1))
    .map((e) => `${passwdField(e.address)}:${checked(e)}::::::userdb_quota_storage_size=${e.quota}B\n`);
  return owned("mailstore") + lines.join("");
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
