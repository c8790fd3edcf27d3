/** The files of the role `backup`, each a pure function of its arguments. */

import { createHash } from "node:crypto";
import { systemdWord } from "../../quote/config";
import { passwdField } from "../../quote/mail";
import { DEFAULTS } from "../../site";
import { BACKUP_DATA, BACKUP_ETC } from "../shared/backup";
import { owned, PORTS } from "../shared/paths";
import { program } from "../shared/program";
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
    .map(
      ([client, password]) => `${passwdField(client)}:{SHA}${createHash("sha1").update(password).digest("base64")}\n`,
    )
    .join("");

/**
 * /usr/local/lib/postfleet/backup-server. The limit is reckoned at each start: what is there, plus what is free, less the
 * reserve. A full disk could neither restore nor prune.
 */
export const server = (args: BackupTargetArgs) =>
  program(ROLE, "server.sh", {
    values: {
      DATA: BACKUP_DATA,
      PORT: args.port ?? PORTS.restServer,
      CERTIFICATE,
      KEY,
      HTPASSWD,
      MIN_FREE: args.minFree ?? 10,
      ...(args.maxSize === undefined ? {} : { MAX_SIZE: args.maxSize }),
    },
    flags: { limited: args.maxSize !== undefined },
  });

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
  return program(ROLE, "upkeep.py", {
    values: {
      CLIENTS: args.clients.map((client) => client.name),
      DATA: BACKUP_DATA,
      // Words of restic's command line.
      DAILY: String(keep.daily),
      WEEKLY: String(keep.weekly),
      MONTHLY: String(keep.monthly),
    },
  });
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
${args.clients.map(({ name }) => `LoadCredential=${systemdWord(`${name}:${repositoryPassword(name)}`)}\n`).join("")}
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
