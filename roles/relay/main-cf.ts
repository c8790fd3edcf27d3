/** /etc/postfix-relay/main.cf, postconf(5): aliases, routes, the outbound queue. */
import { postfixValue } from "../../quote/mail";
import { expansions, reach } from "../shared/addresses";
import { bracketed } from "../shared/net";
import { owned } from "../shared/paths";
import { commonSettings, sizeSettings, tlsServerSettings } from "../shared/postfix";
import { type RelaySettings, verifiesOthers } from "./args";
import { GATE_MAP } from "./mta-sts";
import { LMTP_PER_RECIPIENT, SMARTHOST_PASSWORDS } from "./tables";

/** Settings of postfix@relay. */
export function mainCf(s: RelaySettings): string {
  const { depth, width } = reach(expansions(s));
  return `${owned("relay")}# From the site's own servers: rewrite, then deliver to the mailstore or to the world.

${commonSettings("relay", s.hostname)}
# --- Who may do what: the hosts that hand mail on everything, all others nothing ---
mynetworks = ${postfixValue(["127.0.0.0/8", "[::1]/128", ...s.clients.map(bracketed)].join(" "))}
smtpd_client_restrictions = permit_mynetworks, reject
smtpd_relay_restrictions = permit_mynetworks, reject
# What suspended accounts still send, by whatever way, waits for the postmaster.
smtpd_sender_restrictions = check_sender_access texthash:$config_directory/held_senders
smtpd_recipient_restrictions = reject_non_fqdn_recipient, reject_unlisted_recipient, permit_mynetworks, reject
smtpd_authorized_xforward_hosts = $mynetworks
smtpd_client_event_limit_exceptions = $mynetworks
disable_vrfy_command = yes
show_user_unknown_table_name = no
# Even our own hosts cannot smuggle: no address is exempt.
smtpd_forbid_bare_newline = normalize
smtpd_forbid_bare_newline_exclusions =
cleanup_replace_stray_cr_lf = yes

# TLS between our hosts, with the certificate that this host has anyway.
smtpd_tls_security_level = may
${tlsServerSettings(s.hostname)}
# --- Where an address leads: aliases, groups, catch-all, redirects ---
virtual_alias_domains = texthash:$config_directory/host_names
virtual_alias_maps = texthash:$config_directory/aliases
# Aliases of aliases of groups, before it is called a loop and put off for ever: what the site's own addresses come to.
virtual_alias_recursion_limit = ${Math.max(20, depth + 2)}
virtual_alias_expansion_limit = ${Math.max(1000, width + 100)}
duplicate_filter_limit = ${Math.max(1000, width + 100)}

# --- Mailboxes: by LMTP to the mailstore ---
virtual_mailbox_domains = texthash:$config_directory/mailbox_domains
virtual_mailbox_maps = texthash:$config_directory/mailboxes
virtual_transport = ${s.mailstore ? postfixValue(`lmtp:inet:${bracketed(s.mailstore.address)}:${s.mailstore.port}`) : "error:5.1.1 no mailbox is stored here"}
virtual_mailbox_limit = 0
# One recipient a delivery: a full mailbox or a broken Sieve script concerns its owner alone.
lmtp_destination_recipient_limit = 1
# To one mailbox at once; the sum over all mailboxes is the process limit of lmtp in master.cf.
lmtp_destination_concurrency_limit = ${LMTP_PER_RECIPIENT}
# A mailstore that restarts is back in seconds.
lmtp_connect_timeout = 10s

# --- Domains that are handed to another server ---
relay_domains = texthash:$config_directory/transport
transport_maps = texthash:$config_directory/transport

# --- To the world ---
${outbound(s)}
# --- The queue ---
queue_run_delay = 120s
minimal_backoff_time = 120s
maximal_backoff_time = 3600s
maximal_queue_lifetime = ${s.queueLifetime}h
# A bounce that nobody takes is not worth five days.
bounce_queue_lifetime = ${Math.min(24, s.queueLifetime)}h
# Whole: whoever redirects mail to an address that refuses it has no other copy.
bounce_size_limit = ${s.messageSizeLimit}
# The author learns early that mail is late, and that it arrived after all.
delay_warning_time = 4h
confirm_delay_cleared = yes
${sizeSettings(s.messageSizeLimit)}smtputf8_enable = no

# --- Notices: troubles of this server, and bounces that could not be returned ---
notify_classes = resource, software, 2bounce
error_notice_recipient = ${postfixValue(s.postmaster)}
2bounce_notice_recipient = ${postfixValue(s.postmaster)}
# Headers are complete when mail comes here.
local_header_rewrite_clients =
`;
}

function outbound(s: RelaySettings): string {
  const trusted = "smtp_tls_CAfile = /etc/ssl/certs/ca-certificates.crt\n";
  if (s.smarthost) {
    const login = `# The password is sent to the right server only, and only encrypted.
smtp_tls_security_level = secure
smtp_tls_secure_cert_match = nexthop
smtp_sasl_auth_enable = yes
smtp_sasl_password_maps = texthash:${SMARTHOST_PASSWORDS}
smtp_sasl_security_options = noanonymous
`;
    return `relayhost = ${postfixValue(s.smarthost)}\n${trusted}${s.smarthostAuthenticates ? login : "smtp_tls_security_level = may\n"}`;
  }
  const verified = `# Where the other side publishes TLSA records its certificate must match them (RFC 7672); elsewhere TLS if offered.
smtp_dns_support_level = dnssec
smtp_tls_security_level = dane
# Where it publishes an MTA-STS policy and no TLSA records, its certificate must be one of that policy (RFC 8461).
smtp_tls_policy_maps = ${GATE_MAP}
`;
  return `relayhost =
${verifiesOthers(s) ? verified : "smtp_tls_security_level = may\n"}${trusted}smtp_tls_mandatory_protocols = >=TLSv1.2
smtp_tls_loglevel = 1
smtp_tls_session_cache_database = btree:$data_directory/smtp_tls_sessions
# Two hosts of one receiver may be tried in one delivery, IPv6 and IPv4 alike.
smtp_mx_address_limit = 6
smtp_balance_inet_protocols = yes
`;
}
