#!/bin/sh
# @OWNED@
# Usage: zones check | render | reload
#   check   try the sources as a zone set of their own; nothing that is served changes
#   render  write the served copies with a rising serial, and make sure that every zone is signed
#   reload  render, then have the running server load what changed
set -eu

sources=@SOURCES@
served=@SERVED@

# fill SERIAL < source: the source with its serial, and without the first line that says who owns the file.
fill() { sed "s/@SERIAL@/$1/"; }

check() {
  stage=$(mktemp -d)
  trap 'rm -rf "$stage"' EXIT
  printf 'launch=bind\nbind-config=%s/named.conf\nconsistent-backends=yes\n' "$stage" >"$stage/pdns.conf"
  : >"$stage/named.conf"
  for source in "$sources"/*.zone; do
    zone=$(basename "$source" .zone)
    fill 1 <"$source" >"$stage/$zone.zone"
    echo "zone \"$zone\" { type primary; file \"$stage/$zone.zone\"; };" >>"$stage/named.conf"
  done
  out=$(pdnsutil --config-dir="$stage" check-all-zones 2>&1) || true
  # A file that does not parse is skipped with a warning; then fewer zones were checked than there are. A delegation in a
  # file is told as an error, which it is not (PowerDNS/pdns#8184).
  want=$(find "$sources" -maxdepth 1 -name '*.zone' | wc -l)
  wrong=$(echo "$out" | grep '^\[Error\]' | grep -v 'record is auth=0, .*: [^ ]* IN \(NS\|A\|AAAA\) ' || true)
  case "$wrong$out" in
    *"Checked $want zones, "*) [ -z "$wrong" ] || { echo "$out" >&2; exit 1; } ;;
    *) echo "$out" >&2; exit 1 ;;
  esac
}

render() {
  install -d "$served"
  for source in "$sources"/*.zone; do
    copy=$served/$(basename "$source")
    last=$(awk '$3 == "SOA" { print $6; exit }' "$copy" 2>/dev/null || true)
    if [ -n "$last" ] && fill "$last" <"$source" | cmp -s - "$copy"; then continue; fi
    now=$(date +%s)
    if [ -n "$last" ] && [ "$last" -ge "$now" ]; then now=$((last + 1)); fi
    fill "$now" <"$source" >"$copy.new"
    mv "$copy.new" "$copy"
    echo "$(basename "$source"): serial $now"
  done
  for copy in "$served"/*.zone; do
    [ -e "$sources/$(basename "$copy")" ] || rm -f "$copy"
  done
  secure
}

# The database belongs to the server; a file that root left beside it would lock the server out.
as_pdns() { setpriv --reuid=pdns --regid=pdns --clear-groups pdnsutil "$@"; }

secure() {
  [ -e @KEYS_DB@ ] || as_pdns create-bind-db @KEYS_DB@
  #@if dnssec
  for source in "$sources"/*.zone; do
    zone=$(basename "$source" .zone)
    # Keys are made once and never replaced here: the registry of the zone points at them.
    if ! as_pdns list-keys "$zone" 2>/dev/null | grep -q ECDSAP256SHA256; then
      if [ -e "$sources/keys/$zone.pem" ]; then
        as_pdns import-zone-key-pem "$zone" "$sources/keys/$zone.pem" 13 ksk
      else
        as_pdns secure-zone "$zone"
      fi
    fi
    # The registry may fetch the DS by itself, RFC 8078.
    as_pdns set-publish-cds "$zone" 2
    as_pdns set-publish-cdnskey "$zone"
  done
  #@else
  for source in "$sources"/*.zone; do
    as_pdns disable-dnssec "$(basename "$source" .zone)" >/dev/null
  done
  #@end
}

case "${1-}" in
  check) check ;;
  render) render ;;
  reload)
    render
    pdns_control rediscover
    for source in "$sources"/*.zone; do pdns_control bind-reload-now "$(basename "$source" .zone)"; done
    pdns_control purge >/dev/null
    ;;
  *) echo "usage: zones check | render | reload" >&2; exit 64 ;;
esac
