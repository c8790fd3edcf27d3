/** The files of the role `backup`, each a pure function of its arguments. */

import { createHash } from "node:crypto";
import { DEFAULTS } from "../../site";
import { BACKUP_DATA, BACKUP_ETC } from "../shared/backup";
import { owned, PORTS } from "../shared/paths";
import type { BackupTargetArgs } from "./args";

const ROLE = "backup";

/** The server runs as this user. */
export const USER = "restic-rest-server";

export const CERTIFICATE = `${BACKUP_ETC}/server.pem`;
export const KEY = `${BACKUP_ETC}/server.key`;
export const HTPASSWD = `${BACKUP_ETC}/htpasswd`;
/** Password of a client's repository, for upkeep on the target. */
export const repositoryPassword = (client: string) => `${BACKUP_ETC}/repository-${client}.password`;

/** htpasswd(5). SHA-1 does here: the passwords are random and long, so there is nothing to guess; and its output is stable. */
export const htpasswd = (passwords: Record<string, string>) =>
  owned(ROLE) +
  Object.entries(passwords)
    .map(([client, password]) => `${client}:{SHA}${createHash("sha1").update(password).digest("base64")}\n`)
    .join("");

/**
 * /usr/local/lib/postfleet/backup-server. The limit is reckoned at each start: what is there, plus what is free, less the
 * reserve. A full disk could neither restore nor prune.
 */
export const server = (args: BackupTargetArgs) => `#!/bin/sh
${owned(ROLE)}set -eu
size=$(df --output=size -B1 ${BACKUP_DATA} | tail -n 1)
free=$(df --output=avail -B1 ${BACKUP_DATA} | tail -n 1)
used=$(du -sb ${BACKUP_DATA} | cut -f1)
limit=$((used + free - size * ${args.minFree ?? 10} / 100))
${args.maxSize === undefined ? "" : `if [ "$limit" -gt ${args.maxSize} ]; then limit=${args.maxSize}; fi\n`}# 0 would mean "no limit".
if [ "$limit" -lt 1 ]; then limit=1; fi
echo "repositories may grow to $((limit / 1048576)) MiB, they hold $((used / 1048576)) MiB"
exec restic-rest-server --path ${BACKUP_DATA} --listen :${args.port ?? PORTS.restServer} \\
  --append-only --private-repos --htpasswd-file ${HTPASSWD} \\
  --tls --tls-cert ${CERTIFICATE} --tls-key ${KEY} --max-size "$limit"
`;

/** /etc/systemd/system/restic-rest-server.service.d/postfleet.conf: Debian's unit and its sandbox, our command. */
export const unit = (_args: BackupTargetArgs) => `${owned(ROLE)}
[Service]
EnvironmentFile=
ExecCondition=
ExecStart=
ExecStart=/usr/local/lib/postfleet/backup-server
ProtectSystem=strict
ReadWritePaths=${BACKUP_DATA}
`;

/**
 * /usr/local/lib/postfleet/backup-upkeep: forget and prune, or check. Clients cannot delete, so this is the target's work.
 * A client that was broken into may still add snapshots; ones from the future would push the good ones out of the keep
 * rule, so they stop the work until somebody looked.
 */
export function upkeep(args: BackupTargetArgs): string {
  const keep = args.keep ?? DEFAULTS.keep;
  return `#!/usr/bin/python3
${owned(ROLE)}"""Usage: backup-upkeep prune | check"""
import datetime, json, os, subprocess, sys

CLIENTS = ${JSON.stringify(args.clients.map((client) => client.name))}
KEEP = ["--keep-within", "1d", "--keep-daily", "${keep.daily}", "--keep-weekly", "${keep.weekly}", "--keep-monthly", "${keep.monthly}"]

# The week's number as a part of 13: after a quarter every byte was read once.
PART = f"{datetime.date.today().isocalendar().week % 13 + 1}/13"


def restic(client, *words):
    """Runs restic on the repository of one client; its password comes as a systemd credential."""
    password = os.path.join(os.environ["CREDENTIALS_DIRECTORY"], client)
    command = ["restic", "--no-cache", "--retry-lock", "30m", "--repo", "${BACKUP_DATA}/" + client, "--password-file", password]
    return subprocess.run(command + list(words), check=True, stdout=subprocess.PIPE, text=True).stdout


def from_future(client):
    limit = (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=1)).isoformat()
    return [
        snapshot["short_id"]
        for snapshot in json.loads(restic(client, "snapshots", "--json"))
        if datetime.datetime.fromisoformat(snapshot["time"]) > datetime.datetime.fromisoformat(limit)
    ]


def prune(client):
    future = from_future(client)
    if future:
        raise RuntimeError(f"snapshots from the future: {', '.join(future)}. Nothing was deleted; is that client safe?")
    # Snapshots of different lists of paths count as one series, else a changed list would keep the old ones for ever.
    restic(client, "forget", "--prune", "--group-by", "host", *KEEP)


def check(client):
    restic(client, "check", "--read-data-subset=" + PART)


failed = False
for client in CLIENTS:
    if not os.path.exists("${BACKUP_DATA}/" + client + "/config"):
        print(f"{client}: no repository yet")
        continue
    try:
        {"prune": prune, "check": check}[sys.argv[1]](client)
        print(f"{client}: {sys.argv[1]} done")
    except (subprocess.CalledProcessError, RuntimeError) as error:
        print(f"{client}: {sys.argv[1]} failed: {error}", file=sys.stderr)
        failed = True
sys.exit(failed)
`;
}

/** postfleet-backup-prune.service or postfleet-backup-check.service. */
export const upkeepService = (args: BackupTargetArgs, work: "prune" | "check") => `${owned(ROLE)}
[Unit]
Description=Backups: ${work} the repositories

[Service]
Type=oneshot
ExecStart=/usr/local/lib/postfleet/backup-upkeep ${work}
User=restic-rest-server
Group=restic-rest-server
UMask=0027
${args.clients.map(({ name }) => `LoadCredential=${name}:${repositoryPassword(name)}\n`).join("")}
Nice=10
IOSchedulingClass=idle
NoNewPrivileges=yes
ProtectSystem=strict
ReadWritePaths=${BACKUP_DATA}
ProtectHome=yes
PrivateTmp=yes
PrivateDevices=yes
# It reads every repository: it has no business on the network.
PrivateNetwork=yes
`;

/** The timer of the same name: prune every night, check every Sunday. */
export const upkeepTimer = (_args: BackupTargetArgs, work: "prune" | "check") => `${owned(ROLE)}
[Unit]
Description=Backups: ${work} the repositories

[Timer]
OnCalendar=${work === "prune" ? "*-*-* 03:30:00" : "Sun *-*-* 05:00:00"}
RandomizedDelaySec=30min
Persistent=true

[Install]
WantedBy=timers.target
`;
