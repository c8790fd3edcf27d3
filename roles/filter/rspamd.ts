/**
 * Rspamd's own files: workers, options, actions, training, the store. Each is a drop-in of local.d (merged with Debian's
 * defaults) or override.d (replaces them).
 */
import { systemdWord, uclList, uclString } from "../../quote/config";
import { bracketed } from "../shared/net";
import { owned, PORTS } from "../shared/paths";
import { daemonSandbox } from "../shared/sandbox";
import { CONTROLLER_SOCKET, type FilterSettings, RSPAMD, RSPAMD_DATA, STORE_FILE, STORE_SOCKET } from "./args";

const head = owned("filter");
const loopback = ["127.0.0.0/8", "::1"];

/** override.d/options.inc: what "local" means, and limits of one task. */
export function options(s: FilterSettings): string {
  return `${head}
# The default calls every private network local and skips SPF, DMARC and greylisting for it: only our own hosts are.
local_addrs = ${uclList([...loopback, ...s.siteHosts])};

# Larger than what the MTAs take, plus the headers they add: nothing passes for being too large to be read.
max_message = ${s.messageSizeLimit + 2 * 1024 ** 2};

# A check that hangs (DNS, the scanner) must not mean "accepted unread": the sender comes again.
task_timeout = 45s;
soft_reject_on_timeout = true;

dns {
  timeout = 2s;
  retransmits = 3;
}
`;
}

/** override.d/logging.inc: the journal, where the operator and the health probe look. */
export function logging(): string {
  return `${head}type = "console";
systemd = true;
level = "notice";
# Who wrote to whom is in Postfix's log already; this line adds the verdict.
log_re_cache = false;
`;
}

/**
 * override.d/worker-proxy.inc: the milter that Postfix asks. It scans by itself, no second process in between. Its
 * listeners are those of {@link milterSocket}, by their number.
 */
export function workerProxy(s: FilterSettings): string {
  const binds = s.listen.map((_, number) => `bind_socket = "systemd:${number}";\n`).join("");
  return `${head}milter = yes;
${binds}timeout = 120s;
count = ${s.workers};
upstream "local" {
  default = yes;
  self_scan = yes;
}
# The reason that Postfix gives to the sender.
reject_message = "Refused as spam or forged; write to postmaster if it is not";
`;
}

/** override.d/worker-normal.inc: not needed, the milter scans by itself. */
export function workerNormal(): string {
  return `${head}enabled = false;\n`;
}

/**
 * override.d/worker-controller.inc: training by the mailstore of the same host, statistics for the operator. Whoever may teach may
 * also change settings (its `enable` level), so that mailstores of other hosts reach it through a gate alone, see teaching.ts.
 */
export function workerController(s: FilterSettings): string {
  const binds = [`127.0.0.1:${PORTS.controller}`, ...(s.teaching ? [`${CONTROLLER_SOCKET} mode=0660`] : [])];
  return `${head}${binds.map((bind) => `bind_socket = ${uclString(bind)};\n`).join("")}count = 1;
# These need no password: they teach, and read statistics. nftables keeps everybody else out.
secure_ip = ${uclList(loopback)};
# For everybody else no password is right: this is no hash of anything.
password = "$2$none$none";
enable_password = "$2$none$none";
`;
}

/** local.d/actions.conf: scores. */
export function actions(s: FilterSettings): string {
  return `${head}greylist = ${s.greylisting ? s.scores.greylist : "null"};
add_header = ${s.scores.addHeader};
reject = ${s.scores.reject};
`;
}

/** local.d/redis.conf: the store, over a socket that only its group may open. */
export function redis(): string {
  return `${head}servers = ${uclString(STORE_SOCKET)};\ntimeout = 2s;\n`;
}

/** local.d/classifier-bayes.conf: what people teach by moving mail to and from Junk. */
export function bayes(): string {
  return `${head}backend = "redis";
new_schema = true;
# Tokens that nobody has seen for so long are forgotten.
expire = 8640000; # 100 days
# People teach; the filter does not confirm itself.
autolearn = false;
`;
}

/** Modules that ask services on the Internet. With them, rspamd neither starts quickly nor passes its own test offline. */
export const REMOTE_MODULES = ["fuzzy_check", "rbl", "asn", "multimap", "whitelist", "url_redirector"];

/** local.d/<module>.conf of a module that is off. */
export function moduleOff(): string {
  return `${head}# Asks services on the Internet, see remoteServices.\nenabled = false;\n`;
}

/** Modules whose lists come with the package as well: override.d/<module>.conf that names the package's copy alone. */
export function packagedLists(): Record<string, string> {
  const about = `${head}# The package's own list, without the one on the Internet, see remoteServices.\n`;
  return {
    "mid.conf": `${about}source {\n  url = ["fallback+file://\${CONFDIR}/maps.d/mid.inc"];\n}\n`,
    "mime_types.conf": `${about}file = ["fallback+file://\${CONFDIR}/maps.d/mime_types.inc"];\n`,
    "phishing.conf": `${about}phishtank_enabled = false;
openphish_enabled = false;
exceptions {
  REDIRECTOR_FALSE = ["fallback+file://\${CONFDIR}/maps.d/redirectors.inc"];
  PHISHED_WHITELISTED = [];
}
`,
  };
}

/** /etc/valkey/valkey-rspamd.conf: the store. Its data survives a crash, for Bayes is months of people's work. */
export function store(s: FilterSettings, directory: string): string {
  return `${head}
# No TCP at all: whoever reaches the store can poison the filter.
port 0
unixsocket ${STORE_SOCKET}
unixsocketperm 770

dir ${directory}
dbfilename rspamd.rdb
appendonly yes
appendfsync everysec
# A snapshot as well, for the backup.
save 3600 1

maxmemory ${s.storeMemoryMib}mb
# Only keys with an end are given up when memory is short: Bayes tokens last of all.
maxmemory-policy volatile-ttl
loglevel notice
logfile ""
databases 1
`;
}

/**
 * Drop-in of valkey-server@rspamd.service. Debian's /etc/valkey may be written to by the store itself, and by rspamd, which
 * is in its group: what root makes is elsewhere.
 */
export function storeUnit(): string {
  return `${head}[Service]
ExecStart=
ExecStart=/usr/bin/valkey-server ${STORE_FILE} --supervised systemd --daemonize no
ReadOnlyPaths=-/etc/valkey
`;
}

/**
 * rspamd.socket, systemd.socket(5): the milter's listeners. They outlive rspamd, so that a restart refuses nobody: who
 * connects meanwhile waits in the kernel's queue and is answered by the new process.
 */
export function milterSocket(s: FilterSettings): string {
  const listeners = s.listen
    .map((address) => `ListenStream=${systemdWord(`${bracketed(address)}:${PORTS.milter}`)}\n`)
    .join("");
  return `${head}[Unit]
Description=Milter of rspamd, open while rspamd is restarted

[Socket]
# In the order of systemd:0, systemd:1 … in ${RSPAMD}/override.d/worker-proxy.inc.
${listeners}# At boot it opens before the network is up.
FreeBind=yes

[Install]
WantedBy=sockets.target
`;
}

/**
 * To run before the units change: a socket cannot be started beside its running service, as on a host from before our
 * time. A restart of the service stops it, then starts the socket that it requires, then itself. Only with files that
 * rspamd accepts: else the old process goes on.
 */
export const takeOverListeners =
  "systemctl --quiet is-active rspamd.socket || ! systemctl --quiet is-active rspamd.service || { rspamadm configtest --quiet && systemctl restart rspamd.service; }";

/** Drop-in of rspamd.service: its listeners, the store's socket that it may open, and the wait for the store. */
export function rspamdUnit(clamav: boolean): string {
  return `${head}[Unit]
# Stopping the socket stops rspamd as well; rspamd never runs without its listeners.
Requires=rspamd.socket
Wants=valkey-server@rspamd.service
After=rspamd.socket valkey-server@rspamd.service${clamav ? " clamav-daemon.socket" : ""}

${daemonSandbox({ writes: [RSPAMD_DATA, "/var/log/rspamd"], capabilities: [], compiles: true, ownUser: true })}SupplementaryGroups=valkey
# After some traffic it does not end by itself until the 90 s of systemd are over. There is nothing to lose by killing
# it: whatever was not answered is put off by Postfix and comes again; new connections wait for the next process.
TimeoutStopSec=5
`;
}
