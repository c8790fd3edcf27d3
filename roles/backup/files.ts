/** The files of the role `backup`, each a pure function of its arguments. */

import { createHash } from "node:crypto";
import { systemdWord } from "../../quote/config";
import { passwdField } from "../../quote/mail";
import { DEFAULTS } from "../../site";
import { BACKUP_DATA, BACKUP_ETC, backupPort } from "../shared/backup";
import { owned } from "../shared/paths";
import { program } from "../shared/program";
import { SANDBOX } from "../shared/sandbox";
import type { BackupSource, BackupTargetArgs } from "./args";

const ROLE = "backup";

/** The server runs as this user. */
export const USER = "restic-rest-server";

export const CERTIFICATE = `${BACKUP_ETC}/server.pem`;
export const KEY = `${BACKUP_ETC}/server.key`;
/** The login of one client, the only one that its server knows. */
export const htpasswdFile = (client: string) => `${BACKUP_ETC}/htpasswd-${client}`;
/** Password of a client's repository, for upkeep on the target. */
export const repositoryPassword = (client: string) => `${BACKUP_ETC}/repository-${client}.password`;

/** What the target knows of its repositories by itself; root's. */
export const STATE = "/var/lib/postfleet-backup";
const LIBRARY = "/usr/local/lib/postfleet";
export const SERVER = `${LIBRARY}/backup-server`;
export const LEDGER = `${LIBRARY}/backup_ledger.py`;
export const UPKEEP = `${LIBRARY}/backup-upkeep`;
/** For the operator: which snapshots there are, and what is to be thought of them. */
export const OPERATOR = "/usr/local/sbin/postfleet-backup";

/** htpasswd(5). SHA-1 does here: the passwords are random and long, so there is nothing to guess; and its output is stable. */
export const htpasswd = (client: string, password: string) =>
  `${owned(ROLE)}${passwdField(client)}:{SHA}${createHash("sha1").update(password).digest("base64")}\n`;

/**
 * The server of one client. The limit is reckoned at each start: the client's share of the room, which is what is there, plus
 * what is free, less the reserve. A full disk could neither restore nor prune, and one client shall not fill it for all.
 */
export const server = (args: BackupTargetArgs) =>
  program(ROLE, "server.sh", {
    values: {
      DATA: BACKUP_DATA,
      SETTINGS: BACKUP_ETC,
      CERTIFICATE,
      KEY,
      MIN_FREE: args.minFree ?? 10,
      ...(args.maxSize === undefined ? {} : { MAX_SIZE: args.maxSize }),
    },
    flags: { limited: args.maxSize !== undefined },
  });

/** Unit of a client's server. */
export const serverUnit = (client: string) => `postfleet-backup-server-${client}.service`;

/** The unit's file. A server writes to the repository of its client and nowhere else. */
export const serverService = (args: BackupTargetArgs, client: BackupSource) => `${owned(ROLE)}
[Unit]
Description=Backups: take those of ${client.name}
After=network.target

[Service]
ExecStart=${SERVER} ${client.name} ${backupPort(args.clients, client, args.port)} ${client.share ?? Math.floor(1000 / args.clients.length)}
User=${USER}
Group=${USER}
Restart=always
RestartSec=5
# How much room there is changes with what else is on the disk.
RuntimeMaxSec=1d
ReadWritePaths=${BACKUP_DATA}/${client.name}
CapabilityBoundingSet=
RestrictAddressFamilies=AF_INET AF_INET6
MemoryDenyWriteExecute=yes
ProtectHome=yes
${SANDBOX}UMask=0027

[Install]
WantedBy=multi-user.target
`;

/** What the target knows by itself, and the keep rule by arrival. */
export function ledger(args: BackupTargetArgs): string {
  const { daily, weekly, monthly } = args.keep ?? DEFAULTS.keep;
  return program(ROLE, "ledger.py", {
    values: {
      CLIENTS: args.clients.map((client) => client.name),
      DATA: BACKUP_DATA,
      STATE,
      DAILY: daily,
      WEEKLY: weekly,
      MONTHLY: monthly,
      MOST_A_DAY: mostADay(args.every ?? DEFAULTS.backupEvery),
    },
  });
}

/** Twice what the timer makes of snapshots in a day, and some by hand, after updates and restarts. */
const mostADay = (every: number) => Math.ceil((2 * 1440) / every) + 20;

const HOUR = 3600;

/**
 * Prune, check, watch. Clients cannot delete, so this is the target's work. A client that was broken into may still add what it
 * likes: docs/decisions/047-kept-by-arrival.md.
 */
export const upkeep = (_args: BackupTargetArgs) =>
  program(ROLE, "upkeep.py", {
    values: {
      LIBRARY,
      USER,
      // A backup may run for 12 hours, and a clock may be wrong by one.
      LATE: 13 * HOUR,
      EARLY: HOUR,
      // More than the 30 minutes after which locks are dead, so that those of a client that died just now do no harm.
      PATIENCE: 45 * 60,
    },
  });

/** /usr/local/sbin/postfleet-backup */
export const operator = (_args: BackupTargetArgs) => program(ROLE, "operator.py", { values: { LIBRARY } });

/** What the target does with its repositories, by its timer. */
export const WORKS = {
  prune: { what: "forget and prune", when: "OnCalendar=*-*-* 03:30:00\nRandomizedDelaySec=30min\nPersistent=true" },
  check: {
    what: "check the repositories",
    when: "OnCalendar=Sun *-*-* 05:00:00\nRandomizedDelaySec=30min\nPersistent=true",
  },
  watch: {
    what: "note what arrives, remove locks of the dead",
    when: "OnBootSec=1min\nOnActiveSec=1min\nOnUnitActiveSec=10min",
  },
} as const;
export type Work = keyof typeof WORKS;

/** The works of a target: without the passwords it can only watch. */
export const worksOf = ({ upkeep = true }: BackupTargetArgs): Work[] =>
  upkeep ? ["prune", "check", "watch"] : ["watch"];

/**
 * postfleet-backup-<work>.service. It is root's, since the state is, and since prune stops the servers; restic runs as the
 * server's user.
 */
export const upkeepService = (args: BackupTargetArgs, work: Work) => `${owned(ROLE)}
[Unit]
Description=Backups: ${WORKS[work].what}

[Service]
Type=oneshot
ExecStart=${UPKEEP} ${work}
TimeoutStartSec=1d
${work === "prune" ? `# However it ends, the servers run.\nExecStopPost=systemctl start ${args.clients.map(({ name }) => serverUnit(name)).join(" ")}\n` : ""}${args.upkeep === false ? "" : args.clients.map(({ name }) => `LoadCredential=${systemdWord(`${name}:${repositoryPassword(name)}`)}\n`).join("")}Nice=10
IOSchedulingClass=idle
CapabilityBoundingSet=CAP_SETUID CAP_SETGID CAP_DAC_OVERRIDE CAP_DAC_READ_SEARCH CAP_FOWNER
ReadWritePaths=${BACKUP_DATA} ${STATE}
ProtectHome=yes
# It reads every repository: it has no business on the network.
PrivateNetwork=yes
${SANDBOX}UMask=0027
`;

/** The timer of the same name. */
export const upkeepTimer = (_args: BackupTargetArgs, work: Work) => `${owned(ROLE)}
[Unit]
Description=Backups: ${WORKS[work].what}

[Timer]
${WORKS[work].when}

[Install]
WantedBy=timers.target
`;
