/** auth.conf: who may log in, and how a guess is slowed down. */
import { dovecotValue } from "../../quote/mail";
import { owned } from "../shared/paths";
import { LOGIN_CHARACTERS, type MailstoreSettings, USERS_FILE, VMAIL } from "./args";

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

passdb passwd-file {
${asItIs}  passwd_file_path = ${USERS_FILE}
  default_password_scheme = BLF-CRYPT
}

# A field userdb_quota_storage_size in the same file gives an account a limit of its own.
userdb passwd-file {
${asItIs}  passwd_file_path = ${USERS_FILE}
}

# One system user owns all mail; nothing is ever opened as another.
mail_uid = ${VMAIL.name}
mail_gid = ${VMAIL.name}
first_valid_uid = ${VMAIL.id}
last_valid_uid = ${VMAIL.id}
`;
}
