#!/bin/sh
# @OWNED@
#@if one
# The filter may be elsewhere, so its HTTP interface is used and not rspamc. An unreachable filter must not spoil the
# person's move: it is logged, and the move stands. 208 means "known already".
case "$1" in spam | ham) ;; *) exit 64 ;; esac
error=$(/usr/bin/curl --silent --show-error --fail --max-time 8 --output /dev/null \
  --header 'Content-Type: message/rfc822' --data-binary @- "http://@CONTROLLER@/learn$1" 2>&1) ||
  /usr/bin/logger -t postfleet-learn -p mail.warning "learning as $1 failed at @CONTROLLER@: $error"
#@else
# Each filter has a store of its own, so each is taught. An unreachable one must not spoil the person's move: it is logged,
# and the move stands. 208 means "known already".
case "$1" in spam | ham) ;; *) exit 64 ;; esac
controllers="@CONTROLLERS@"
# Brackets of IPv6 are no pattern.
set -f
message=$(mktemp) || {
  /usr/bin/logger -t postfleet-learn -p mail.warning "learning as $1 failed: there is no room for a copy of the message"
  exit 0
}
trap 'rm -f "$message"' EXIT
cat >"$message"
# All at once: Dovecot ends this program after ten seconds, and a filter that is silent must not use up those of the others.
for controller in $controllers; do
  {
    error=$(/usr/bin/curl --silent --show-error --fail --max-time 8 --output /dev/null \
      --header 'Content-Type: message/rfc822' --data-binary "@$message" "http://$controller/learn$1" 2>&1) ||
      /usr/bin/logger -t postfleet-learn -p mail.warning "learning as $1 failed at $controller: $error"
  } &
done
wait
#@end
exit 0
