/** The files of the role `backup-client`, each a pure function of its arguments. */

import { isIPv6 } from "node:net";
import { DEFAULTS } from "../../site";
import { BACKUP_ETC } from "../shared/backup";
import { BACKUP_DIRECTORY, MAIL_DIRECTORY, owned, PORTS } from "../shared/paths";
import { program } from "../shared/program";
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
  return `${owned(ROLE)}RESTIC_REPOSITORY=rest:https://${login}@${host}:${target.port ?? PORTS.restServer}/
RESTIC_PASSWORD=${repository}
RESTIC_CACERT=${certificateFile(target.name)}
RESTIC_CACHE_DIR=/var/cache/postfleet-restic
`;
}

/** /usr/local/lib/postfleet/backup: backs up what the roles named, to every target; one that is down does not stop the others. */
export const script = (args: BackupClientArgs) =>
  program(ROLE, "backup.py", {
    values: {
      TARGETS: Object.fromEntries(args.targets.map((t) => [t.name, [t.address, t.port ?? PORTS.restServer]])),
      STATUS,
      SETTINGS: BACKUP_ETC,
      LISTS: BACKUP_DIRECTORY,
    },
  });

/** /usr/local/sbin/postfleet-restore: for the operator, and for drills. */
export const restore = (args: BackupClientArgs) =>
  program(ROLE, "restore.sh", {
    values: { TARGET: args.targets[0]?.name ?? "none", SETTINGS: BACKUP_ETC, MAIL: MAIL_DIRECTORY },
    flags: { targets: args.targets.length > 0 },
  });

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
