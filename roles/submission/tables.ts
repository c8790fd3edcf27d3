/** master.cf and the lookup tables of postfix@submission. */
import { mailDomains, recipients, senderLogins } from "../shared/addresses";
import { bracketed } from "../shared/net";
import { owned } from "../shared/paths";
import { internalServices, texthash } from "../shared/postfix";
import { refusedRecipients, suspendedLogins } from "../shared/suspended";
import type { SubmissionSettings } from "./args";

/** /etc/postfix-submission/master.cf, master(5). Ports are numbers: /etc/services may be missing on a small host. */
export function masterCf(s: SubmissionSettings): string {
  return `${owned("submission")}# One session a process: it keeps its connection to Dovecot's SASL, and when Dovecot was reloaded its next login would fail.
# TLS from the first byte, RFC 8314
465        inet  n       -      n      -      -       smtpd
    -o syslog_name=postfix-submission/465
    -o smtpd_tls_wrappermode=yes
    -o max_use=1
# STARTTLS, RFC 6409
587        inet  n       -      n      -      -       smtpd
    -o syslog_name=postfix-submission/587
    -o max_use=1
# The site's own programs: no login, mailstores only, in the name of our own domains or of nobody, and not without end;
# their mail keeps its headers
${String(s.sitePort).padEnd(10)} inet  n       -      n      -      -       smtpd
    -o syslog_name=postfix-submission/site
    -o smtpd_tls_security_level=may
    -o smtpd_sasl_auth_enable=no
    -o { mynetworks = ${["127.0.0.0/8", "[::1]/128", ...s.siteClients.map(bracketed)].join(" ")} }
    -o smtpd_client_event_limit_exceptions=
    -o smtpd_client_message_rate_limit=${s.siteMessagesPerMinute}
    -o smtpd_client_restrictions=permit_mynetworks,reject
    -o smtpd_relay_restrictions=permit_mynetworks,reject
    -o { smtpd_sender_restrictions = reject_non_fqdn_sender, check_sender_access texthash:$config_directory/site_senders, reject }
    -o smtpd_recipient_restrictions=reject_non_fqdn_recipient,reject_unlisted_recipient,permit_mynetworks,reject
    -o smtpd_forbid_bare_newline=normalize
    -o smtpd_hide_client_session=no
    -o cleanup_service_name=cleanup-site
cleanup-site unix n      -      n      -      0       cleanup
    -o header_checks=
${internalServices()}`;
}

/** Domains whose recipients we know. */
export function domainsTable(s: SubmissionSettings): string {
  return texthash(
    "submission",
    "Our own domains: their recipients are all known.",
    mailDomains(s)
      .map((domain) => [domain.name, "ok"] as const)
      .sort(),
  );
}

/** Whom the site's own programs write as. */
export function siteSendersTable(s: SubmissionSettings): string {
  return texthash("submission", "Senders of replies, redirects and notices: our own domains, or nobody (a bounce).", [
    ["<>", "ok"] as const,
    ...mailDomains(s)
      .map((domain) => [domain.name, "ok"] as const)
      .sort(),
  ]);
}

/** Every address of this site, internal groups included. */
export function recipientsTable(s: SubmissionSettings): string {
  return texthash(
    "submission",
    "Addresses of this site that exist. Others in our domains are refused at RCPT TO.",
    recipients(s).map((address) => [address, "ok"] as const),
  );
}

/** Who may send as what. */
export function sendersTable(s: SubmissionSettings): string {
  return texthash(
    "submission",
    "Sender address, then the logins that own it. `@domain`: whatever nobody else owns there.",
    [...senderLogins(s)].map(([address, logins]) => [address, logins.join(",")] as const),
  );
}

/** Suspended accounts that take no mail, as at the edge. */
export function recipientAccess(s: SubmissionSettings): string {
  return texthash("submission", "Suspended accounts that take no mail.", refusedRecipients(s));
}

/** Logins that may send nothing: one that Dovecot let in the second before ends at its next message. */
export function suspendedTable(s: SubmissionSettings): string {
  return texthash(
    "submission",
    "Suspended accounts. When this changes, sessions end and mail of theirs that waits here is held.",
    suspendedLogins(s).map((login) => [login, "550 5.7.1 This account is suspended"] as const),
  );
}

/** Headers that say more than the author wants to tell. */
export function headerChecks(_s: SubmissionSettings): string {
  return `${owned("submission")}# Where the author sits, and with which program of which version.
/^X-Originating-(IP|Client):/ IGNORE
/^(User-Agent|X-Mailer|X-MimeOLE|X-MSMail-Priority|X-Enigmail|X-PHP-Originating-Script|Mime-Version-Client):/ IGNORE
`;
}
