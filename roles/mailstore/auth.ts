/** auth.conf: who may log in, and how a guess is slowed down. */
import { dovecotValue } from "../../quote/mail";
import { owned } from "../shared/paths";
import { LOGIN_CHARACTERS, type MailstoreSettings, SUSPENDED_FILE, USERS_FILE, VMAIL } from "./args";
import { END_OF_ACCOUNTS } from "./passwd-file";

/**
 * Says "unknown" of an account only where the file of accounts is whole, which its last line shows. Dovecot takes a file that
 * is gone or empty for one without accounts: people would be asked for a new password, and mail would bounce. The database
 * `broken` cannot work on purpose; its failure is a temporary one. The path is written otherwise than above, because Dovecot
 * looks at each path once a second and answers from memory in between.
 */
const whole = (
  kind: "passdb" | "userdb",
  cannot: string,
): string => `# Unknown, if the file is whole; else a temporary failure.
${kind} whole {
  driver = passwd-file
  passwd_file_path = ${USERS_FILE.replace(/\/(?=[^/]+$)/, "/./")}
  auth_username_format = ${END_OF_ACCOUNTS}
  result_success = return-fail
}
${kind} broken {
${cannot}}
`;

/** No file is below a device; its name is for the log. */
const NO_PASSWORDS = "  driver = passwd-file\n  passwd_file_path = /dev/null/file-of-accounts-is-not-whole/%{user}\n";
/** There is no such variable. Static, because a list of all accounts leaves those out. */
const NO_USERS = `  driver = static
  userdb_static_allow_all_users = yes
  fields {
    home = %{file_of_accounts_is_not_whole}
  }
`;

/** Accounts come from one file; IMAP, POP3, ManageSieve, LMTP and submission all ask here. */
export function authConf(s: Pick<MailstoreSettings, "loginCharacters">): string {
  const unusual = s.loginCharacters !== "";
  const characters = `auth_username_chars = ${dovecotValue(LOGIN_CHARACTERS + s.loginCharacters)}\n`;
  // The key of the file is escaped otherwise: o'brien would be looked for as o\'brien.
  const asItIs = unusual ? "  auth_username_format = %{user | lower | safe}\n" : "";
  return `${owned("mailstore")}
# LOGIN for Outlook; both send the password, so both need TLS.
auth_mechanisms = plain login
auth_allow_cleartext = no
# The login is the full address; case does not matter.
auth_username_format = %{user | lower}
${unusual ? characters : ""}
# Every failure takes this long and reads the same, whether the account exists or not. How many there may be: policy.conf.
auth_failure_delay = 2 secs

# Suspended accounts come first, before anything that could let them in.
passdb suspended {
  driver = passwd-file
${asItIs}  passwd_file_path = ${SUSPENDED_FILE}
  deny = yes
}
passdb passwd-file {
${asItIs}  passwd_file_path = ${USERS_FILE}
  default_password_scheme = BLF-CRYPT
}
${whole("passdb", NO_PASSWORDS)}
# A field userdb_quota_storage_size in the same file gives an account a limit of its own.
userdb passwd-file {
${asItIs}  passwd_file_path = ${USERS_FILE}
}
${whole("userdb", NO_USERS)}
# One system user owns all mail; nothing is ever opened as another.
mail_uid = ${VMAIL.name}
mail_gid = ${VMAIL.name}
first_valid_uid = ${VMAIL.id}
last_valid_uid = ${VMAIL.id}
`;
}
