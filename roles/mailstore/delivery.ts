/** delivery.conf: LMTP, Sieve, vacation, training of the filter. */
import { dovecotValue } from "../../quote/mail";
import { owned } from "../shared/paths";
import { program } from "../shared/program";
import { type MailstoreSettings, PROGRAM_DIRECTORY, SIEVE_CACHE, SIEVE_DIRECTORY } from "./args";

/** Delivery and Sieve. */
export function deliveryConf(s: MailstoreSettings): string {
  return `${owned("mailstore")}
postmaster_address = ${dovecotValue(s.postmaster)}
# alice+list@… is alice's; Sieve sees the detail (RFC 5233).
recipient_delimiter = +
${
  s.outbound === undefined
    ? ""
    : `# Vacation replies, redirects and notices go out through the relay, which need not be on this host.
submission_host = ${dovecotValue(s.outbound)}
`
}
protocol lmtp {
  mail_plugins {
    sieve = yes
  }
}
# Full mailboxes are refused at RCPT TO, before the message is sent.
lmtp_rcpt_check_quota = yes
# Deliveries to one account at a time, over all relays; above it LMTP answers 451. Each relay opens at most 5.
lmtp_user_concurrency_limit = 20
# The address as the relay was given it, so that the owner of an alias sees which one was used.
lmtp_hdr_delivery_address = original

protocol imap {
  mail_plugins {
    imap_quota = yes
    imap_sieve = yes
  }
}

# A person's scripts, edited by ManageSieve (RFC 5804).
sieve_script personal {
  type = personal
  path = ~/sieve
  active_path = ~/.dovecot.sieve
}
# Run before them, in this order.
sieve_script junk {
  type = before
  path = ${SIEVE_DIRECTORY}/junk.sieve
  bin_path = ${SIEVE_CACHE}
}
sieve_script system {
  type = before
  path = ${SIEVE_DIRECTORY}/system.sieve
  bin_path = ${SIEVE_CACHE}
}
sieve_max_script_size = 256K
sieve_quota_script_count = 50
sieve_quota_storage_size = 2M
# A redirect's envelope sender becomes the account: the forged-looking original would fail SPF at the next server, and
# errors reach the one who set the redirect.
sieve_redirect_envelope_from = orig_recipient
# RFC 5230: one reply a person in this time, if the script says nothing else.
sieve_vacation_default_period = 7 days
sieve_vacation_min_period = 1 days

sieve_plugins {
  sieve_imapsieve = yes
  sieve_extprograms = yes
}
# Programs are run by the postmaster's scripts only.
sieve_global_extensions {
  vnd.dovecot.pipe = yes
}
sieve_pipe_bin_dir = ${PROGRAM_DIRECTORY}
sieve_pipe_exec_timeout = 10 secs
`;
}

/** Mail that the filter marked goes to Junk, before the owner's own rules see it. */
export const junkSieve = () => program("mailstore", "junk.sieve");

/** What servers write is kept. */
export const systemSieve = () => program("mailstore", "system.sieve");

/** Moved to Junk by a person. */
export const learnSpamSieve = () => program("mailstore", "learn-spam.sieve");

/** Moved out of Junk by a person. */
export const learnHamSieve = () => program("mailstore", "learn-ham.sieve");
