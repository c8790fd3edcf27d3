/** Dovecot 2.4 of the foreign provider: IMAP, LMTP, and the passwords for submission. */
import { CERTIFICATE, KEY } from "./names";

/** dovecot.conf, complete: Debian's conf.d is not read. */
export const dovecotConf = (): string => `dovecot_config_version = 2.4.0
dovecot_storage_version = 2.4.0
protocols = imap lmtp
listen = *, ::
log_path = syslog
ssl = yes
ssl_server_cert_file = ${CERTIFICATE}
ssl_server_key_file = ${KEY}
mail_driver = maildir
mail_home = /var/vmail/%{user}
mail_path = ~/Maildir
mail_uid = vmail
mail_gid = vmail
first_valid_uid = 100
namespace inbox {
  inbox = yes
  mailbox Sent {
    auto = subscribe
    special_use = \\Sent
  }
  mailbox Junk {
    auto = subscribe
    special_use = \\Junk
  }
}
passdb passwd-file {
  passwd_file_path = /etc/dovecot/users
}
userdb static {
  fields {
    uid = vmail
    gid = vmail
    home = /var/vmail/%{user}
  }
}
service lmtp {
  unix_listener /var/spool/postfix/private/dovecot-lmtp {
    user = postfix
    group = postfix
    mode = 0600
  }
}
service auth {
  unix_listener /var/spool/postfix/private/auth {
    user = postfix
    group = postfix
    mode = 0600
  }
}
`;

/** The users' passwords; plain, because \`lab status\` tells them anyway. */
export const dovecotUsers = (passwords: Record<string, string>): string =>
  Object.entries(passwords)
    .map(([address, password]) => `${address}:{PLAIN}${password}\n`)
    .join("");
