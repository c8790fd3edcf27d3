/** /etc/postfix-submission/main.cf, postconf(5): mail from people of this site, RFC 6409. */
import { postfixValue } from "../../quote/mail";
import { bracketed } from "../shared/net";
import { owned } from "../shared/paths";
import { commonSettings, milterSettings, onwardSettings, sizeSettings, tlsServerSettings } from "../shared/postfix";
import type { SubmissionSettings } from "./args";

/** Settings of postfix@submission. */
export function mainCf(s: SubmissionSettings): string {
  return `${owned("submission")}# From people with an account, over TLS, after a login; on to the relay. Nothing is delivered here.

${commonSettings("submission", s.hostname)}
# --- Onward: one way only ---
${onwardSettings(s.relay)}
# --- TLS: no command but STARTTLS before it, RFC 8314 ---
smtpd_tls_security_level = encrypt
smtpd_tls_auth_only = yes
${tlsServerSettings(s.certificate)}
# --- Login by Dovecot ---
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = ${postfixValue(`inet:${bracketed(s.sasl.address)}:${s.sasl.port}`)}
smtpd_sasl_security_options = noanonymous
# A process that does not reach Dovecot ends; while Dovecot starts again, the next one is not put off for a minute.
service_throttle_time = 2s
# Slows guessing down; Dovecot delays every failure as well.
smtpd_client_auth_rate_limit = ${s.loginsPerMinute}

# --- Who may do what ---
# Only the site listener of master.cf looks at addresses.
mynetworks = ${postfixValue(["127.0.0.0/8", "[::1]/128", ...s.siteHosts.map(bracketed)].join(" "))}
smtpd_client_event_limit_exceptions = $mynetworks
smtpd_relay_restrictions = permit_sasl_authenticated, reject
smtpd_helo_required = yes
# The sender must belong to the account. The filter asks the same of the From header, which is what people see.
smtpd_sender_login_maps = texthash:$config_directory/senders
smtpd_sender_restrictions =
    check_sasl_access texthash:$config_directory/suspended,
    reject_non_fqdn_sender,
    reject_authenticated_sender_login_mismatch
# A mistyped address is told to the author now: of our own domains all are known, of others the domain must exist.
relay_domains = texthash:$config_directory/domains
relay_recipient_maps = texthash:$config_directory/recipients
smtpd_recipient_restrictions =
    reject_non_fqdn_recipient,
    reject_unlisted_recipient,
    check_recipient_access texthash:$config_directory/recipient_access,
    reject_unknown_recipient_domain,
    permit_sasl_authenticated,
    reject
unknown_address_reject_code = 550
disable_vrfy_command = yes
show_user_unknown_table_name = no

# --- SMTP smuggling: real mail programs end lines with CR LF; no address is exempt ---
smtpd_forbid_bare_newline = reject
smtpd_forbid_bare_newline_exclusions =
smtpd_forbid_unauth_pipelining = yes
cleanup_replace_stray_cr_lf = yes

# --- The filter: signs with DKIM, limits rates, scans. Unreachable: 4xx, the mail program tries again ---
${milterSettings(s.milter)}milter_macro_daemon_name = ORIGINATING

# --- Privacy: recipients learn neither where the author sits nor with what program ---
smtpd_hide_client_session = yes
header_checks = regexp:$config_directory/header_checks
# Attached messages stay as they are: signatures are over them.
nested_header_checks =
mime_header_checks =
# Programs leave them out, and large providers refuse mail without: RFC 6409 section 8.
always_add_missing_headers = yes

# --- Limits ---
${sizeSettings(s.messageSizeLimit)}smtpd_recipient_limit = 500
smtputf8_enable = no

# --- Notices about this server's own troubles ---
notify_classes = resource, software
error_notice_recipient = ${postfixValue(s.postmaster)}
2bounce_notice_recipient = ${postfixValue(s.postmaster)}
bounce_queue_lifetime = 1d
`;
}
