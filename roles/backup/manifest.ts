/** What a backup target wants of its host, put together from its files. */
import type { FileSpec, ServiceSpec } from "../../provider/manifest";
import { BACKUP_DATA, BACKUP_ETC, backupPort } from "../shared/backup";
import { directory, file, running } from "../shared/entries";
import type { BackupTargetArgs } from "./args";
import * as files from "./files";
import { USER } from "./files";

const unitFile = (unit: string) => `/etc/systemd/system/${unit}`;

interface Parts {
  files: Record<string, FileSpec>;
  services: Record<string, ServiceSpec>;
}

/** The servers, one a client. */
function servers(args: BackupTargetArgs): Parts {
  const units = args.clients.map((client) => ({ client, unit: files.serverUnit(client.name) }));
  return {
    files: Object.fromEntries(
      units.map(({ client, unit }) => [unitFile(unit), file(files.serverService(args, client))]),
    ),
    services: Object.fromEntries(
      units.map(({ client, unit }) => [
        unit,
        running({
          restart: [files.SERVER, unitFile(unit), files.CERTIFICATE, files.KEY, files.htpasswdFile(client.name)],
        }),
      ]),
    ),
  };
}

/** The timers of the upkeep and their services. */
function upkeep(args: BackupTargetArgs): Parts {
  const works = args.clients.length === 0 ? [] : files.worksOf(args);
  const path = (work: string, kind: string) => unitFile(`postfleet-backup-${work}.${kind}`);
  return {
    files: Object.fromEntries(
      works.flatMap((work) => [
        [path(work, "service"), file(files.upkeepService(args, work))],
        [path(work, "timer"), file(files.upkeepTimer(args, work))],
      ]),
    ),
    services: Object.fromEntries(
      works.map((work) => [`postfleet-backup-${work}.timer`, running({ restart: [path(work, "timer")] })]),
    ),
  };
}

/** The servers, and their upkeep. */
export function backupParts(args: BackupTargetArgs) {
  const parts = [servers(args), upkeep(args)];
  return {
    directories: {
      [BACKUP_ETC]: directory(),
      [BACKUP_DATA]: { mode: "0750", owner: USER, group: USER },
      ...Object.fromEntries(
        args.clients.map(({ name }) => [`${BACKUP_DATA}/${name}`, { mode: "0700", owner: USER, group: USER }]),
      ),
      [files.STATE]: directory("0700"),
    },
    files: {
      [files.CERTIFICATE]: file(args.certificate),
      [files.SERVER]: file(files.server(args), "0755"),
      [files.LEDGER]: file(files.ledger(args)),
      [files.UPKEEP]: file(files.upkeep(args), "0755"),
      [files.OPERATOR]: file(files.operator(args), "0755"),
      ...Object.assign({}, ...parts.map((part) => part.files)),
    },
    validate: [
      { argv: ["sh", "-n", files.SERVER] },
      ...[files.LEDGER, files.UPKEEP, files.OPERATOR].map((path) => ({
        argv: ["python3", "-c", "import ast, sys; ast.parse(open(sys.argv[1]).read())", path],
      })),
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
      // Debian's own: one server for all, with one limit for all.
      "restic-rest-server.service": { enabled: false, running: false, reloadOn: [], restartOn: [] },
      ...Object.assign({}, ...parts.map((part) => part.services)),
    },
    health: args.clients.map((client) => ({
      kind: "http" as const,
      url: `https://127.0.0.1:${backupPort(args.clients, client, args.port)}/`,
      status: 401,
      timeout: 15,
    })),
  };
}
