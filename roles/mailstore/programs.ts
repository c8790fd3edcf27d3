/** Programs that Dovecot runs: training of the filter, quota notices. */
import { owned } from "../shared/paths";
import type { MailstoreSettings } from "./args";

/** Give a message to the filter: `learn spam|ham`, the message on standard input. */
export function learnProgram(s: MailstoreSettings): string {
  const [controller, ...more] = s.controllers;
  if (controller === undefined || more.length > 0) return learnEverywhere(s.controllers);
  return `#!/bin/sh
${owned("mailstore")}# The filter may be elsewhere, so its HTTP interface is used and not rspamc. An unreachable filter must not spoil the
# person's move: it is logged, and the move stands. 208 means "known already".
case "$1" in spam | ham) ;; *) exit 64 ;; esac
error=$(/usr/bin/curl --silent --show-error --fail --max-time 8 --output /dev/null \\
  --header 'Content-Type: message/rfc822' --data-binary @- "http://${controller}/learn$1" 2>&1) ||
  /usr/bin/logger -t postfleet-learn -p mail.warning "learning as $1 failed at ${controller}: $error"
exit 0
`;
}

/** The same for any other number of filters: each has a store of its own, so each is taught. */
function learnEverywhere(controllers: string[]): string {
  return `#!/bin/sh
${owned("mailstore")}# An unreachable filter must not spoil the person's move: it is logged, and the move stands. 208 means "known already".
case "$1" in spam | ham) ;; *) exit 64 ;; esac
message=$(mktemp) || exit 0
trap 'rm -f "$message"' EXIT
cat >"$message"
for controller in ${controllers.join(" ") || '""'}; do
  [ -n "$controller" ] || continue
  error=$(/usr/bin/curl --silent --show-error --fail --max-time 8 --output /dev/null \\
    --header 'Content-Type: message/rfc822' --data-binary @"$message" "http://$controller/learn$1" 2>&1) ||
    /usr/bin/logger -t postfleet-learn -p mail.warning "learning as $1 failed at $controller: $error"
done
exit 0
`;
}

/** Tell a person that the mailbox is nearly full: `quota-warning PERCENT ACCOUNT`. */
export function quotaWarningProgram(s: MailstoreSettings): string {
  return `#!/bin/sh
${owned("mailstore")}# The notice itself is delivered even when the mailbox is full.
percent=$1 account=$2
exec /usr/lib/dovecot/dovecot-lda -d "$account" -o quota_enforce=no <<EOF
From: Postmaster <${s.postmaster}>
To: <$account>
Date: $(date -R)
Message-ID: <quota.$(date +%s).$$@${s.hostname}>
Subject: Your mailbox is $percent % full
Auto-Submitted: auto-generated
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8

Your mailbox $account is more than $percent % full.
When it is full, new mail is refused and returned to its sender.

Please delete mail that you do not need, beginning with Trash, Junk and large attachments.
EOF
`;
}
