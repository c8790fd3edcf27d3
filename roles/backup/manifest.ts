/** What a backup target wants of its host, put together from its files. */
import type { FileSpec, ServiceSpec } from "../../provider/manifest";
import { BACKUP_DATA, BACKUP_ETC } from "../shared/backup";
import { directory, file, running } from "../shared/entries";
import { PORTS } from "../shared/paths";
import type { BackupTargetArgs } from "./args";
import * as files from "./files";
import { USER } from "./files";

const SERVER = "/usr/local/lib/postfleet/backup-server";
const UPKEEP = "/usr/local/lib/postfleet/backup-upkeep";
const DROP_IN = "/etc/systemd/system/restic-rest-server.service.d/postfleet.conf";

/** The timers of the upkeep, their services and the script. */
function upkeepParts(args: BackupTargetArgs): {
  files: Record<string, FileSpec>;
  services: Record<string, ServiceSpec>;
} {
  if (args.upkeep === false) return { files: {}, services: {} };
  const works = ["prune", "check"] as const;
  const path = (work: string, kind: string) => `/etc/systemd/system/postfleet-backup-${work}.${kind}`;
  return {
    files: {
      [UPKEEP]: file(files.upkeep(args), "0755"),
      ...Object.fromEntries(
        works.flatMap((work) => [
          [path(work, "service"), file(files.upkeepService(args, work))],
          [path(work, "timer"), file(files.upkeepTimer(args, work))],
        ]),
      ),
    },
    services: Object.fromEntries(
      works.map((work) => [`postfleet-backup-${work}.timer`, running({ restart: [path(work, "timer")] })]),
    ),
  };
}

/** The server, and its upkeep. */
export function backupParts(args: BackupTargetArgs) {
  const parts = upkeepParts(args);
  return {
    directories: {
      [BACKUP_ETC]: directory(),
      [BACKUP_DATA]: { mode: "0750", owner: USER, group: USER },
    },
    files: {
      [files.CERTIFICATE]: file(args.certificate),
      [SERVER]: file(files.server(args), "0755"),
      [DROP_IN]: file(files.unit(args)),
      ...parts.files,
    },
    validate: [
      { argv: ["sh", "-n", SERVER] },
      // Key and certificate belong together, else no client could connect.
      {
        argv: [
          "sh",
          "-c",
          `test "$(openssl x509 -in ${files.CERTIFICATE} -noout -pubkey)" = "$(openssl pkey -in ${files.KEY} -pubout)"`,
        ],
      },
    ],
    services: {
      "restic-rest-server.service": running({
        restart: [SERVER, DROP_IN, files.CERTIFICATE, files.KEY, files.HTPASSWD],
      }),
      ...parts.services,
    },
    health: [
      { kind: "http" as const, url: `https://127.0.0.1:${args.port ?? PORTS.restServer}/`, status: 401, timeout: 15 },
    ],
  };
}
