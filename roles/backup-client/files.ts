/** The files of the role `backup-client`, each a pure function of its arguments. */

import { isIPv6 } from "node:net";
import { DEFAULTS } from "../../site";
import { BACKUP_ETC } from "../shared/backup";
import { BACKUP_DIRECTORY, owned, PORTS } from "../shared/paths";
import { SANDBOX } from "../shared/sandbox";
import type { BackupClientArgs, BackupDestination } from "./args";

const ROLE = "backup-client";

export const STATUS = "/var/lib/postfleet/backup-status.json";
/** Pinned certificate of a target. */
export const certificateFile = (target: string) => `${BACKUP_ETC}/${target}.pem`;
/** Address and passwords of a target, as restic's environment. */
export const environmentFile = (target: string) => `${BACKUP_ETC}/${target}.env`;

/** restic's environment, restic(1). It is a secret file: the URL carries the password. */
export function environment(client: string, target: BackupDestination, password: string, repository: string): string {
  const host = isIPv6(target.address) ? `[${target.address}]` : target.address;
  const login = `${encodeURIComponent(client)}:${encodeURIComponent(password)}`;
  return `${owned(ROLE)}RESTIC_REPOSITORY=rest:https://${login}@${host}:${target.port ?? PORTS.restServer}/${client}/
RESTIC_PASSWORD=${repository}
RESTIC_CACERT=${certificateFile(target.name)}
RESTIC_CACHE_DIR=/var/cache/postfleet-restic
`;
}

/** /usr/local/lib/postfleet/backup: backs up what the roles named, to every target; one that is down does not stop the others. */
export const script = (args: BackupClientArgs) => `#!/usr/bin/python3
${owned(ROLE)}"""Usage: backup. Backs up the paths listed in ${BACKUP_DIRECTORY} to every target; the state is in ${STATUS}"""
import datetime, glob, json, os, socket, subprocess, sys

TARGETS = ${JSON.stringify(Object.fromEntries(args.targets.map((t) => [t.name, [t.address, t.port ?? PORTS.restServer]])))}
STATUS = "${STATUS}"


def environment(target):
    with open(f"${BACKUP_ETC}/{target}.env") as lines:
        pairs = [line.rstrip("\\n").split("=", 1) for line in lines if not line.startswith("#")]
    return dict(os.environ, **dict(pairs))


def paths():
    found = []
    for name in sorted(glob.glob("${BACKUP_DIRECTORY}/*")):
        with open(name) as lines:
            found += [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    return [path for path in dict.fromkeys(found) if os.path.exists(path)]


def restic(target, *words):
    command = ["restic", "--retry-lock", "5m", *words]
    return subprocess.run(command, env=environment(target), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def failure(run):
    return (run.stderr.strip() or run.stdout.strip() or f"restic ended with {run.returncode}")[-500:]


def backup(target, what):
    """Returns (snapshot, None) or (None, why not)."""
    try:  # restic tries for 15 minutes, and the other targets wait
        socket.create_connection(TARGETS[target], timeout=10).close()
    except OSError as error:
        return None, f"{TARGETS[target][0]} port {TARGETS[target][1]} does not answer: {error}"
    run = restic(target, "cat", "config")
    if run.returncode == 10:  # restic(1): the repository does not exist
        run = restic(target, "init")
    if run.returncode:
        return None, failure(run)
    run = restic(target, "backup", "--json", "--one-file-system", "--tag", "postfleet", *what)
    # 3: some files could not be read, mostly mail that was moved meanwhile. The snapshot is there.
    if run.returncode not in (0, 3):
        return None, failure(run)
    summaries = [json.loads(line) for line in run.stdout.splitlines() if '"summary"' in line]
    return summaries[-1]["snapshot_id"][:8], failure(run) if run.returncode else None


try:
    with open(STATUS) as old:
        status = json.load(old)
except (OSError, ValueError):
    status = {}

what = paths()
failed = False
for target in TARGETS:
    now = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds")
    entry = dict(status.get(target, {}), lastTry=now)
    snapshot, problem = backup(target, what) if what else (None, None)
    if snapshot:
        entry.update(lastSuccess=now, snapshot=snapshot, paths=what)
    entry["problem"] = problem
    status[target] = entry
    print(f"{target}: snapshot {snapshot}" if snapshot else f"{target}: {problem or 'nothing to back up'}")
    failed |= bool(what) and not snapshot

status = {target: status[target] for target in TARGETS}
with open(STATUS + ".new", "w") as new:
    json.dump(status, new, indent=1)
os.replace(STATUS + ".new", STATUS)
sys.exit(failed)
`;

/** /usr/local/sbin/postfleet-restore: for the operator, and for drills. */
export const restore = (args: BackupClientArgs) => `#!/bin/sh
${owned(ROLE)}# Usage: postfleet-restore list                     snapshots of this host
#        postfleet-restore PATH [SNAPSHOT] [TO]   PATH as it was in SNAPSHOT (default: latest), below TO (default: /)
# Files that are there and differ are overwritten, files that are missing come back, files made since then stay.
# A mailbox: stop its user's sessions (doveadm kick USER), postfleet-restore ${"/var/vmail"}/DOMAIN/NAME, then
# doveadm force-resync -u USER '*'. TARGET=name in the environment picks another target than ${args.targets[0]?.name ?? "none"}.
set -eu
target=\${TARGET:-${args.targets[0]?.name ?? ""}}
# Read, not sourced: a password may hold anything.
while IFS= read -r line; do
  case "$line" in
    RESTIC_*) export "\${line?}" ;;
  esac
done <"${BACKUP_ETC}/$target.env"
# Without a lock: a target that is full takes not even that, and that is when one wants to restore.
case "\${1-}" in
  list) exec restic --no-lock snapshots ;;
  /*) exec restic --no-lock restore "\${2:-latest}:$1" --target "\${3:-}$1" --overwrite if-changed ;;
  *) echo "usage: postfleet-restore list | PATH [SNAPSHOT] [TO]" >&2; exit 64 ;;
esac
`;

/** postfleet-backup.service */
export const service = (_args: BackupClientArgs) => `${owned(ROLE)}
[Unit]
Description=Back up this host's data
After=network-online.target
Wants=network-online.target

[Service]
Type=oneshot
ExecStart=/usr/local/lib/postfleet/backup
TimeoutStartSec=12h
CacheDirectory=postfleet-restic
CacheDirectoryMode=0700
Nice=10
IOSchedulingClass=idle

# It must read everybody's files, and nothing more.
CapabilityBoundingSet=CAP_DAC_READ_SEARCH CAP_DAC_OVERRIDE
ReadWritePaths=/var/lib/postfleet
ProtectHome=read-only
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6
${SANDBOX}`;

/** postfleet-backup.timer: the first run a minute after the update, then at a steady pace; never two at once. */
export const timer = (args: BackupClientArgs) => `${owned(ROLE)}
[Unit]
Description=Back up this host's data

[Timer]
OnActiveSec=1min
OnUnitActiveSec=${args.every ?? DEFAULTS.backupEvery}min
AccuracySec=10s

[Install]
WantedBy=timers.target
`;
