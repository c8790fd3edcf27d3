#!/bin/sh
# @OWNED@
# The notice itself is delivered even when the mailbox is full.
percent=$1 account=$2
exec /usr/lib/dovecot/dovecot-lda -d "$account" -o quota_enforce=no <<EOF
From: Postmaster <@POSTMASTER@>
To: <$account>
Date: $(date -R)
Message-ID: <quota.$(date +%s).$$@@HOSTNAME@>
Subject: Your mailbox is $percent % full
Auto-Submitted: auto-generated
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8

Your mailbox $account is more than $percent % full.
When it is full, new mail is refused and returned to its sender.

Please delete mail that you do not need, beginning with Trash, Junk and large attachments.
EOF
