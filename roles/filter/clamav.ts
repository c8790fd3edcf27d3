/** ClamAV: scanner, updater, and a watch over its database. */
import { owned } from "../shared/paths";
import { program } from "../shared/program";
import { daemonSandbox } from "../shared/sandbox";
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

/** Debian starts neither without the official database, and says nothing; a database of one's own is one as well. */
function condition(): string {
  const kinds = ["*.c[vl]d", "*.[hmln]db", "*.[hmln]su", "*.hsb", "*.ldb", "*.yara"];
  return `[Unit]
ConditionPathExistsGlob=
${kinds.map((kind) => `ConditionPathExistsGlob=|${CLAMAV_DATABASE}/${kind}\n`).join("")}`;
}

/** Neither scanner nor updater ever is root: the socket is systemd's, and the rest belongs to their user. */
const ownUser = (writes: string[]) =>
  `${daemonSandbox({ writes, capabilities: [], compiles: true, ownUser: true })}User=clamav
Group=clamav
`;

/** Drop-in of clamav-daemon.socket. */
export const clamdSocket = () => `${head}${condition()}`;

/** Drop-in of clamav-daemon.service: a mail is opened here that nobody has seen yet. */
export const clamdService = () =>
  `${head}${condition()}
${ownUser(["-/var/log/clamav"])}# The package's script adds a chown of /run/clamav, for a socket that clamd makes itself; this one is systemd's.
ExecStartPre=
`;

/** Drop-in of clamav-freshclam.service. */
export const freshclamSandbox = () => `${head}${ownUser([CLAMAV_DATABASE, "-/var/log/clamav"])}`;

/** Watches the database. Loud by design: an error in the journal, a failed unit, a non-zero exit. */
export const databaseProgram = () => program("filter", "clamav-database.sh", { values: { DATABASE: CLAMAV_DATABASE } });

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
