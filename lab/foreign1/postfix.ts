/** Postfix of the foreign provider: an MX that checks by rspamd, and submission for its users. */
import { FOREIGN_DOMAIN, FOREIGN_USERS, STS_DOMAINS } from "../plan";
import { CERTIFICATE, HOSTNAME, KEY } from "./names";

const FIRST_USER = `${FOREIGN_USERS[0]}@${FOREIGN_DOMAIN}`;
const ALIASES = [`postmaster@${FOREIGN_DOMAIN}`, ...STS_DOMAINS.map(({ name }) => `@${name}`)];

/** main.cf, postconf(5). It retries quickly, because tests wait for greylisting and for hosts that come back. */
export const mainCf = (): string => `compatibility_level = 3.10
myhostname = ${HOSTNAME}
mydomain = ${FOREIGN_DOMAIN}
myorigin = ${FOREIGN_DOMAIN}
mydestination =
mynetworks = 127.0.0.0/8 [::1]/128
inet_interfaces = all
inet_protocols = all
alias_maps =
alias_database =
biff = no
message_size_limit = 104857600
virtual_mailbox_domains = ${FOREIGN_DOMAIN}
virtual_mailbox_maps = inline:{ ${FOREIGN_USERS.map((user) => `${user}@${FOREIGN_DOMAIN}=ok`).join(", ")} }
virtual_alias_domains = ${STS_DOMAINS.map(({ name }) => name).join(" ")}
virtual_alias_maps = inline:{ ${ALIASES.map((from) => `${from}=${FIRST_USER}`).join(", ")} }
virtual_transport = lmtp:unix:private/dovecot-lmtp
smtpd_tls_security_level = may
smtpd_tls_chain_files = ${KEY}, ${CERTIFICATE}
smtpd_tls_received_header = yes
smtp_tls_security_level = dane
smtp_dns_support_level = dnssec
smtp_tls_CAfile = /etc/ssl/certs/ca-certificates.crt
smtp_tls_loglevel = 1
smtpd_sasl_type = dovecot
smtpd_sasl_path = private/auth
smtpd_relay_restrictions = permit_mynetworks, permit_sasl_authenticated, reject_unauth_destination
smtpd_milters = inet:127.0.0.1:11332
non_smtpd_milters = $smtpd_milters
milter_default_action = tempfail
queue_run_delay = 5s
minimal_backoff_time = 5s
maximal_backoff_time = 20s
maximal_queue_lifetime = 1h
bounce_queue_lifetime = 1h
`;

const submission = (port: string, wrapper: string): string => `${port} inet n - n - - smtpd
  -o syslog_name=postfix/${port}
  -o smtpd_tls_security_level=encrypt
  -o smtpd_tls_wrappermode=${wrapper}
  -o smtpd_sasl_auth_enable=yes
  -o smtpd_relay_restrictions=permit_sasl_authenticated,reject
  -o milter_macro_daemon_name=ORIGINATING
`;

/** master.cf, master(5). Nothing is chrooted: the certificates and the resolver's settings are the host's. */
export const masterCf = (): string => `smtp inet n - n - - smtpd
${submission("submission", "no")}${submission("submissions", "yes")}pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
proxywrite unix - - n - 1 proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
local unix - n n - - local
virtual unix - n n - - virtual
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
`;
