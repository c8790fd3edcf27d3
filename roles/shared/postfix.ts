/**
 * What every Postfix instance of this platform has in common: one instance a role, run by Debian's `postfix@<role>`.
 *
 * Debian's template unit knows an instance by its directory alone, /etc/postfix-<role>; postmulti(1) is not used.
 * `postfix check` makes the queue's subdirectories with the right owners, so that the manifest names the top ones only.
 */

import type { Manifest } from "../../provider/manifest";
import { comment } from "../../quote/config";
import { postfixEntry, postfixValue } from "../../quote/mail";
import type { Data, Endpoint, Watch } from "../define";
import { file, directory as rootDirectory } from "./entries";
import { bracketed, isLoopback, nextHop } from "./net";
import { certificatePaths, owned } from "./paths";
import { program } from "./program";
import { dropInPath, sandboxDropIn } from "./sandbox";

/** Places of one instance. */
export interface Instance {
  role: string;
  /** Configuration directory. */
  directory: string;
  /** Queue; it belongs to one running instance and is never shared. */
  queue: string;
  /** Caches of postscreen and TLS. */
  data: string;
  unit: string;
}

export function instance(role: string): Instance {
  return {
    role,
    directory: `/etc/postfix-${role}`,
    queue: `/var/spool/postfix-${role}`,
    data: `/var/lib/postfix-${role}`,
    unit: `postfix@${role}.service`,
  };
}

/** Settings that every instance begins with. */
export function commonSettings(role: string, hostname: string): string {
  const { queue, data } = instance(role);
  return `# The behaviour of this version, not of some older one.
compatibility_level = 3.10

# An instance of its own beside those of the other roles: own queue, own caches, own name in the log.
multi_instance_name = postfix-${role}
multi_instance_enable = yes
queue_directory = ${queue}
data_directory = ${data}

myhostname = ${postfixValue(hostname)}
myorigin = $myhostname

# Nothing is delivered to users of this system: no local(8), no aliases(5), no lookups in passwd.
mydestination =
local_transport = error:5.1.1 mailbox unavailable
local_recipient_maps =
alias_maps =
biff = no
append_dot_mydomain = no
# example.org in a table means example.org alone, none of its subdomains.
parent_domain_matches_subdomains =

# alice+lists@ is alice@, in every map.
recipient_delimiter = +

# The first answer of a milter: while the filter restarts, a connection waits here until its new process takes it. This
# limit decides, milter_connect_timeout is over with the kernel's handshake. Mail is put off (4xx) after it; clients wait
# for minutes, RFC 5321 section 4.5.3.2.
milter_command_timeout = 60s
`;
}

/** Everything goes on to the relay, over port and address of the site's own. */
export function onwardSettings(relay: Endpoint): string {
  return `relayhost = ${postfixValue(nextHop(relay))}
# Between hosts mail is encrypted; on one host it never leaves the kernel.
smtp_tls_security_level = ${isLoopback(relay.address) ? "none" : "encrypt"}
# The relay is ours: when it was down, mail must not wait for an hour.
queue_run_delay = 60s
minimal_backoff_time = 60s
maximal_backoff_time = 600s
`;
}

/** TLS towards clients. Protocols older than 1.2 are refused everywhere, RFC 8996. */
export function tlsServerSettings(hostname: string): string {
  const { chain, key } = certificatePaths(hostname);
  return `smtpd_tls_chain_files =
    ${postfixValue(key)},
    ${postfixValue(chain)}
smtpd_tls_protocols = >=TLSv1.2
smtpd_tls_mandatory_protocols = >=TLSv1.2
tls_ssl_options = NO_RENEGOTIATION
smtpd_tls_loglevel = 1
smtpd_tls_received_header = yes
`;
}

/** The filter is asked before a message is accepted. */
export function milterSettings(milter: Endpoint): string {
  return `smtpd_milters = ${postfixValue(`inet:${bracketed(milter.address)}:${milter.port}`)}
milter_default_action = tempfail
milter_connect_timeout = 10s
# The filter's own limit is shorter; a scan of a large archive takes its time.
milter_content_timeout = 120s
`;
}

/** The largest message, in bytes, and the room that is kept for it. */
export function sizeSettings(bytes: number): string {
  return `message_size_limit = ${bytes}
mailbox_size_limit = 0
# Below this, mail is put off: the queue file, the filter's copy and the journal need room.
queue_minfree = ${bytes * 2}
`;
}

/**
 * Internal services of master.cf. `lmtpFlags`: headers that deliveries get, master(5): D Delivered-To, by which a loop is seen,
 * O X-Original-To, by which the owner of an alias sees which address was used.
 *
 * Nothing runs chrooted: Debian's chroot holds stale copies of resolv.conf and CA files.
 */
export function internalServices(limits: { lmtp?: number; lmtpFlags?: string } = {}): string {
  const flags = limits.lmtpFlags ? ` flags=${limits.lmtpFlags}` : "";
  return `# service type  private unpriv chroot wakeup maxproc command
cleanup    unix  n       -      n      -      0       cleanup
qmgr       unix  n       -      n      300    1       qmgr
tlsmgr     unix  -       -      n      1000?  1       tlsmgr
rewrite    unix  -       -      n      -      -       trivial-rewrite
bounce     unix  -       -      n      -      0       bounce
defer      unix  -       -      n      -      0       bounce
trace      unix  -       -      n      -      0       bounce
verify     unix  -       -      n      -      1       verify
flush      unix  n       -      n      1000?  0       flush
proxymap   unix  -       -      n      -      -       proxymap
proxywrite unix  -       -      n      -      1       proxymap
smtp       unix  -       -      n      -      -       smtp
relay      unix  -       -      n      -      -       smtp
lmtp       unix  -       -      n      -      ${String(limits.lmtp ?? "-").padEnd(7)} lmtp${flags}
showq      unix  n       -      n      -      -       showq
error      unix  -       -      n      -      -       error
retry      unix  -       -      n      -      -       error
discard    unix  -       -      n      -      -       discard
anvil      unix  -       -      n      -      1       anvil
scache     unix  -       -      n      -      1       scache
postlog    unix-dgram n  -      n      -      1       postlogd
`;
}

/** A lookup table in plain text, texthash(5): no database to rebuild, a change is a line in the diff. */
export function texthash(role: string, about: string, entries: Iterable<readonly [string, string]>): string {
  const lines = [...entries].map(([key, value]) => postfixEntry(key, value));
  return `${owned(role)}# ${comment(about)}\n${lines.join("")}`;
}

/**
 * Starts the SMTP server once on its standard input, as `sendmail -bs` would, so that postfix itself judges every value:
 * `postconf -n` and `postfix check` accept `smtpd_tls_security_level = banana`. Its words go to the journal alone; they
 * are fetched from there.
 */
function trialRun(role: string): string {
  const { directory } = instance(role);
  return program("shared", "postfix-trial-run.sh", { values: { DIRECTORY: directory, ROLE: role } }).trimEnd();
}

/** Of postfix@<role>: no local(8), so nothing runs set-id programs of users, and only its own queue is written to. */
function instanceSandbox(role: string): string {
  const { queue, data } = instance(role);
  return sandboxDropIn(role, {
    // A pid file of the master is in the queue; DAC_OVERRIDE: root's processes work in directories of the user postfix.
    writes: [queue, data],
    capabilities: [
      ...["CAP_NET_BIND_SERVICE", "CAP_SETGID", "CAP_SETUID", "CAP_CHOWN", "CAP_FOWNER", "CAP_KILL"],
      ...["CAP_DAC_OVERRIDE", "CAP_DAC_READ_SEARCH"],
    ],
    netlink: true,
  });
}

/** Never started, so that only the instances run; see {@link instanceParts}. */
const NO_DEFAULT_INSTANCE = `[Unit]
Description=Postfix default instance (unused: every role has an instance of its own)
ConditionPathExists=/nonexistent
`;

/** Stops a default instance from before our time; only while it runs, because stopping it stops the instances too. */
const retireDefaultInstance =
  "if systemctl --quiet is-active postfix.service; then systemctl stop postfix.service; fi; systemctl daemon-reload";

/** Debian packages of every instance. */
export const POSTFIX_PACKAGES = ["postfix", "ca-certificates"];

/** What an instance has on disk: its queue, and caches. */
export function queueData(role: string, loss: string, precious: boolean): Data[] {
  const { queue, data } = instance(role);
  return [
    { path: queue, what: "the queue", backup: false, precious, loss },
    { path: data, what: "caches of TLS and postscreen", backup: false, precious: false, loss: "nothing" },
  ];
}

/** How many messages wait in an instance, and how many may. */
export const queueWatch = (role: string, most: number): Watch => ({
  what: "messages that wait in the queue",
  argv: ["sh", "-c", `find ${instance(role).queue}/deferred -type f | wc -l`],
  normal: { most },
});

/** The parts of a manifest that every instance needs. `files` are those of the configuration directory, by name. */
export function instanceParts(
  role: string,
  files: Record<string, string>,
): Pick<Manifest, "directories" | "files" | "prepare" | "validate" | "services"> {
  const { directory, queue, data, unit } = instance(role);
  const dropIn = dropInPath("postfix.service");
  const sandbox = dropInPath(unit);
  const named = Object.entries(files).map(([name, content]) => [`${directory}/${name}`, file(content)] as const);
  return {
    directories: {
      [directory]: rootDirectory(),
      [queue]: { mode: "0755", owner: "root", group: "root" },
      [data]: { mode: "0700", owner: "postfix", group: "postfix" },
    },
    files: {
      ...Object.fromEntries(named),
      // All three Postfix roles write this same file. The default instance never runs, yet its unit stays enabled: the
      // package's trigger restarts it after an upgrade, and systemd passes that on to the instances (PartOf=).
      [dropIn]: file(`${owned("postfix")}${NO_DEFAULT_INSTANCE}`),
      [sandbox]: file(instanceSandbox(role)),
    },
    prepare: [
      { argv: ["sh", "-c", retireDefaultInstance], onChange: [dropIn] },
      // Makes what is missing below the queue directory, with the owners that Postfix wants.
      { argv: ["postfix", "-c", directory, "check"], onChange: [dropIn], creates: `${queue}/active` },
    ],
    validate: [
      { argv: ["postfix", "-c", directory, "check"], stderrFails: true },
      { argv: ["postconf", "-c", directory, "-n"], stderrFails: true },
      { argv: ["sh", "-c", trialRun(role)] },
    ],
    services: {
      [unit]: {
        enabled: true,
        running: true,
        // A reload is enough for master.cf as well: the master opens and closes listeners as the file says.
        reloadOn: [`${directory}/`],
        restartOn: [sandbox],
      },
    },
  };
}
