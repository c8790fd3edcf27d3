#!/bin/sh
# @OWNED@
# clamav-database fetch: get the database if there is none at all. clamav-database check: complain if it is missing or old.
cd @DATABASE@ || exit 1

any() { ls -- *.c[vl]d *.ldb *.[hmn]db *.hsb *.yara 2>/dev/null | grep -q .; }
official() { ls -- daily.c[vl]d 2>/dev/null | grep -q . && ls -- main.c[vl]d 2>/dev/null | grep -q .; }
loud() { echo "<3>VIRUS DATABASE $1" >&2; }

case "$1" in
fetch)
  any && exit 0
  freshclam --stdout >&2 && any && exit 0
  loud "MISSING: @DATABASE@ is empty and freshclam could not fill it. Hint: let the host reach database.clamav.net (HTTPS), set DatabaseMirror to a mirror of yours, or declare signatures of your own (clamavSignatures)."
  exit 1
  ;;
check)
  if ! official; then
    loud "INCOMPLETE: main or daily is missing in @DATABASE@; only local signatures are looked for. Hint: see journalctl -u clamav-freshclam."
    exit 1
  fi
  if [ -z "$(find . -maxdepth 1 -name 'daily.c[vl]d' -mtime -7)" ]; then
    loud "OLD: no update for more than 7 days. Hint: see journalctl -u clamav-freshclam."
    exit 1
  fi
  ;;
*)
  echo "usage: clamav-database fetch|check" >&2
  exit 2
  ;;
esac
