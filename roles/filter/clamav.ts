/** ClamAV: scanner, updater, and a watch over its database. */
import { owned } from "../shared/paths";
import { CLAMAV_DATABASE, CLAMAV_SOCKET, type FilterSettings, PROGRAM_DIRECTORY } from "./args";

const head = owned("filter");

/** /etc/clamav/clamd.conf, clamd.conf(5). */
export function clamd(s: FilterSettings): string {
  const mib = Math.ceil(s.messageSizeLimit / 1024 ** 2) + 3;
  return `${head}User clamav
DatabaseDirectory ${CLAMAV_DATABASE}
LocalSocket ${CLAMAV_SOCKET}
LocalSocketGroup clamav
LocalSocketMode 666
# To the journal.
LogSyslog no
LogTime no
# The largest message there is; above it clamd would answer an error.
StreamMaxLength ${mib}M
MaxFileSize ${mib}M
MaxScanSize ${mib * 4}M
MaxThreads 6
MaxQueue 50
# A scan is over before the filter gives up on it.
MaxScanTime 25000
ReadTimeout 30
# While a new database is read the old one goes on scanning; this takes its memory twice for a minute.
ConcurrentDatabaseReload yes
SelfCheck 600
`;
}

/** /etc/clamav/freshclam.conf, freshclam.conf(5). */
export function freshclam(): string {
  return `${head}DatabaseOwner clamav
DatabaseDirectory ${CLAMAV_DATABASE}
DatabaseMirror database.clamav.net
# Twelve times a day.
Checks 12
NotifyClamd /etc/clamav/clamd.conf
LogSyslog no
LogTime no
`;
}

/**
 * Drop-in of clamav-daemon.socket and .service. Debian starts neither without the official database, and says nothing;
 * a database of one's own is one as well.
 */
export function clamdCondition(): string {
  const kinds = ["*.c[vl]d", "*.[hmln]db", "*.[hmln]su", "*.hsb", "*.ldb", "*.yara"];
  return `${head}[Unit]
ConditionPathExistsGlob=
${kinds.map((kind) => `ConditionPathExistsGlob=|${CLAMAV_DATABASE}/${kind}\n`).join("")}`;
}

/** Watches the database. Loud by design: an error in the journal, a failed unit, a non-zero exit. */
export function databaseProgram(): string {
  return `#!/bin/sh
${head}# clamav-database fetch: get the database if there is none at all. clamav-database check: complain if it is missing or old.
cd ${CLAMAV_DATABASE} || exit 1

any() { ls -- *.c[vl]d *.ldb *.[hmn]db *.hsb *.yara 2>/dev/null | grep -q .; }
official() { ls -- daily.c[vl]d 2>/dev/null | grep -q . && ls -- main.c[vl]d 2>/dev/null | grep -q .; }
loud() { echo "<3>VIRUS DATABASE $1" >&2; }

case "$1" in
fetch)
  any && exit 0
  freshclam --stdout >&2 && any && exit 0
  loud "MISSING: ${CLAMAV_DATABASE} is empty and freshclam could not fill it. Hint: let the host reach database.clamav.net (HTTPS), set DatabaseMirror to a mirror of yours, or declare signatures of your own (clamavSignatures)."
  exit 1
  ;;
check)
  if ! official; then
    loud "INCOMPLETE: main or daily is missing in ${CLAMAV_DATABASE}; only local signatures are looked for. Hint: see journalctl -u clamav-freshclam."
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
`;
}

/** clamav-database.service. */
export function databaseService(): string {
  return `${head}[Unit]
Description=Watch over ClamAV's database

[Service]
Type=oneshot
ExecStart=${PROGRAM_DIRECTORY}/clamav-database check
`;
}

/** clamav-database.timer. */
export function databaseTimer(): string {
  return `${head}[Unit]
Description=Watch over ClamAV's database

[Timer]
OnActiveSec=2min
OnUnitActiveSec=1h

[Install]
WantedBy=timers.target
`;
}
