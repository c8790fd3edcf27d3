#!/bin/sh
# @OWNED@
# Usage: postfleet-restore list                     snapshots of this host
#        postfleet-restore PATH [SNAPSHOT] [TO]   PATH as it was in SNAPSHOT (default: latest), below TO (default: /)
# Files that are there and differ are overwritten, files that are missing come back, files made since then stay.
# A mailbox: stop its user's sessions (doveadm kick USER), postfleet-restore @MAIL@/DOMAIN/NAME, then
# /usr/local/lib/postfleet/mailstore/move-folders && systemctl start dovecot && doveadm force-resync -u USER '*'.
# TARGET=name in the environment picks another target than @TARGET@.
set -eu
#@if targets
target=${TARGET:-@TARGET@}
#@else
target=${TARGET:-}
#@end
# Read, not sourced: a password may hold anything.
while IFS= read -r line; do
  case "$line" in
    RESTIC_*) export "${line?}" ;;
  esac
done <"@SETTINGS@/$target.env"
# Without a lock: a target that is full takes not even that, and that is when one wants to restore.
case "${1-}" in
  list) exec restic --no-lock snapshots ;;
  /*) exec restic --no-lock restore "${2:-latest}:$1" --target "${3:-}$1" --overwrite if-changed ;;
  *) echo "usage: postfleet-restore list | PATH [SNAPSHOT] [TO]" >&2; exit 64 ;;
esac
