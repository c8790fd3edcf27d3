#!/bin/sh
# @OWNED@
# Usage: backup-server CLIENT PORT SHARE. The server of one client, whose repository may take SHARE thousandths of the room.
set -eu
client=$1 port=$2 share=$3
size=$(df --output=size -B1 @DATA@ | tail -n 1)
free=$(df --output=avail -B1 @DATA@ | tail -n 1)
used=$(du -sb @DATA@ | cut -f1)
room=$((used + free - size * "@MIN_FREE@" / 100))
#@if limited
if [ "$room" -gt @MAX_SIZE@ ]; then room=@MAX_SIZE@; fi
#@end
limit=$((room * share / 1000))
# 0 would mean "no limit".
if [ "$limit" -lt 1 ]; then limit=1; fi
echo "the repository of $client may grow to $((limit / 1048576)) MiB; all together hold $((used / 1048576)) of $((room / 1048576)) MiB"
exec restic-rest-server --path "@DATA@/$client" --listen ":$port" \
  --append-only --htpasswd-file "@SETTINGS@/htpasswd-$client" \
  --tls --tls-cert @CERTIFICATE@ --tls-key @KEY@ --max-size "$limit"
