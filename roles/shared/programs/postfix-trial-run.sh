export MAIL_CONFIG=@DIRECTORY@
start=$(date +%s)
timeout 20 /usr/lib/postfix/sbin/smtpd -S </dev/null >/dev/null && exit 0
journalctl --sync
echo "@DIRECTORY@/main.cf: smtpd does not start with these settings:" >&2
journalctl --quiet --no-pager --output=cat --identifier=postfix-@ROLE@/smtpd --priority=err --since="@$start" >&2
exit 1
