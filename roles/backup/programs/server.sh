#!/bin/sh
# @OWNED@
set -eu
size=$(df --output=size -B1 @DATA@ | tail -n 1)
free=$(df --output=avail -B1 @DATA@ | tail -n 1)
used=$(du -sb @DATA@ | cut -f1)
limit=$((used + free - size * "@MIN_FREE@" / 100))
#@if limited
if [ "$limit" -gt @MAX_SIZE@ ]; then limit=@MAX_SIZE@; fi
#@end
# 0 would mean "no limit".
if [ "$limit" -lt 1 ]; then limit=1; fi
echo "repositories may grow to $((limit / 1048576)) MiB, they hold $((used / 1048576)) MiB"
exec restic-rest-server --path @DATA@ --listen :@PORT@ \
  --append-only --private-repos --htpasswd-file @HTPASSWD@ \
  --tls --tls-cert @CERTIFICATE@ --tls-key @KEY@ --max-size "$limit"
