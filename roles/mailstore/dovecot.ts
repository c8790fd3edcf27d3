/** /etc/dovecot/dovecot.conf: protocols, TLS, limits. */
import { dovecotValue } from "../../quote/mail";
import { certificatePaths, owned } from "../shared/paths";
import { CONF_DIRECTORY, type MailstoreSettings } from "./args";

/** The main file; it reads our parts and nothing of Debian's conf.d. */
export function dovecotConf(s: MailstoreSettings): string {
  const tls = certificatePaths(s.certificate);
  return `${owned("mailstore")}
# Format of this file and of what is on disk: a newer Dovecot keeps reading both the same way.
dovecot_config_version = 2.4.0
dovecot_storage_version = 2.4.0

protocols {
  imap = yes
  lmtp = yes
  sieve = yes
  pop3 = ${s.pop3 ? "yes" : "no"}
}
listen = *, ::
hostname = ${dovecotValue(s.hostname)}

# Nobody logs in without TLS, RFC 8314. LMTP and the auth service are not concerned: their callers are hosts of this site.
ssl = required
ssl_min_protocol = TLSv1.2
ssl_server_cert_file = ${dovecotValue(tls.chain)}
ssl_server_key_file = ${dovecotValue(tls.key)}

# Hosts that may say which address a client comes from (IMAP ID x-originating-ip): the webmail.
login_trusted_networks = ${s.webmailHosts.map(dovecotValue).join(" ")}
# One account from one address: a household of devices, not a leaking client.
mail_max_userip_connections = 30
# A reload, as with each new certificate and account, ends no session: those that are open go on under the old settings.
shutdown_clients = no
# The greeting names neither product nor version.
login_greeting = Mail server ready.

!include ${CONF_DIRECTORY}/auth.conf
!include ${CONF_DIRECTORY}/policy.conf
!include ${CONF_DIRECTORY}/storage.conf
!include ${CONF_DIRECTORY}/delivery.conf
!include ${CONF_DIRECTORY}/services.conf
`;
}
