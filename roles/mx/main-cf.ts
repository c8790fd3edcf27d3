/** /etc/postfix-mx/main.cf, postconf(5): the edge to the Internet. */
import { postfixValue } from "../../quote/mail";
import { bracketed } from "../shared/net";
import { owned } from "../shared/paths";
import { commonSettings, milterSettings, onwardSettings, sizeSettings, tlsServerSettings } from "../shared/postfix";
import type { MxSettings } from "./args";

/** Settings of postfix@mx. */
export function mainCf(s: MxSettings): string {
  const blockLists = s.blockLists.map((list) => `\n    ${postfixValue(list.zone)}*${list.weight}`).join(",");
  return `${owned("mx")}# From the Internet: ask postscreen, the tables and the filter; then hand on to the relay. Nothing is delivered here.

${commonSettings("mx", s.hostname)}
# --- Onward: one way only ---
${onwardSettings(s.relay)}# The relay's log names the client that the mail came from.
smtp_send_xforward_command = yes

# --- Who may do what: nobody is trusted by address ---
mynetworks = 127.0.0.0/8 [::1]/128
smtpd_relay_restrictions = reject_unauth_destination
relay_domains = texthash:$config_directory/domains
# Unknown recipients are refused now: a bounce later would go to a forged sender (backscatter).
relay_recipient_maps = texthash:$config_directory/recipients
smtpd_reject_unlisted_recipient = yes
# A sender of our own domains that does not exist is forged.
smtpd_reject_unlisted_sender = yes
disable_vrfy_command = yes
show_user_unknown_table_name = no
strict_rfc821_envelopes = no

smtpd_helo_required = yes
# Invalid syntax and our own names are refused. Names without a dot or without DNS are common among honest servers: the
# filter scores them.
smtpd_helo_restrictions =
    check_helo_access texthash:$config_directory/helo_access,
    reject_invalid_helo_hostname
# A sender domain without MX and address can never get a bounce. A DNS failure only puts the mail off.
smtpd_sender_restrictions =
    reject_non_fqdn_sender,
    reject_unknown_sender_domain
unknown_address_reject_code = 550
smtpd_recipient_restrictions =
    reject_non_fqdn_recipient,
    reject_unauth_destination,
    check_recipient_access texthash:$config_directory/recipient_access
# A bounce has one recipient, RFC 5321 section 4.5.5.
smtpd_data_restrictions = reject_multi_recipient_bounce

# --- SMTP smuggling: a line ends with CR LF or the message is refused; no address is exempt ---
smtpd_forbid_bare_newline = reject
smtpd_forbid_bare_newline_exclusions =
smtpd_forbid_unauth_pipelining = yes
cleanup_replace_stray_cr_lf = yes

# --- postscreen(8): keeps bots away from the SMTP server ---
postscreen_access_list = cidr:$config_directory/postscreen_access.cidr
postscreen_denylist_action = enforce
postscreen_greet_wait = ${s.greetWait}s
postscreen_greet_action = ${s.greetWait > 0 ? "enforce" : "ignore"}
postscreen_dnsbl_sites =${blockLists}
postscreen_dnsbl_threshold = ${s.blockListThreshold}
postscreen_dnsbl_action = ${s.blockLists.length > 0 ? "enforce" : "ignore"}
postscreen_cache_map = btree:$data_directory/postscreen_cache

# --- The filter: SPF, DKIM, DMARC, ARC, spam, viruses. Unreachable: 4xx, the sender comes again ---
${milterSettings(s.milter)}
# --- TLS, RFC 3207: offered, never required, as RFC 3207 section 4 demands of a public MX ---
smtpd_tls_security_level = may
${tlsServerSettings(s.hostname)}smtpd_sasl_auth_enable = no

# --- Limits ---
${sizeSettings(s.messageSizeLimit)}smtpd_client_connection_count_limit = ${s.clientLimits.connections}
smtpd_client_connection_rate_limit = ${s.clientLimits.perMinute}
smtpd_client_event_limit_exceptions = ${postfixValue(["127.0.0.0/8", "[::1]/128", ...s.siteHosts.map(bracketed)].join(" "))}
smtpd_recipient_limit = 500
# Dovecot takes no such mail (RFC 6531): what is not offered is refused at the door, and not later by a bounce.
smtputf8_enable = no
# A stranger with a forged sender could have us write to others (DSN), or empty queues (ETRN).
smtpd_discard_ehlo_keywords = dsn, etrn

# --- Notices about this server's own troubles; bounces of others are none ---
notify_classes = resource, software
error_notice_recipient = ${postfixValue(s.postmaster)}
2bounce_notice_recipient = ${postfixValue(s.postmaster)}
bounce_queue_lifetime = 1d

header_checks = regexp:$config_directory/header_checks
# Attached messages stay as they are: signatures are over them.
nested_header_checks =
mime_header_checks =
# Addresses in headers are the sender's business.
local_header_rewrite_clients =
`;
}
