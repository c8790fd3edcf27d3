/** What a backup client wants of its host, put together from its files. */
import { BACKUP_ETC } from "../shared/backup";
import { directory, file, running } from "../shared/entries";
import { BACKUP_DIRECTORY } from "../shared/paths";
import type { BackupClientArgs } from "./args";
import * as files from "./files";

const SCRIPT = "/usr/local/lib/postfleet/backup";
const RESTORE = "/usr/local/sbin/postfleet-restore";
const SERVICE = "/etc/systemd/system/postfleet-backup.service";
const TIMER = "/etc/systemd/system/postfleet-backup.timer";

/** The program that backs up, and the one that restores. */
export function backupClientParts(args: BackupClientArgs) {
  return {
    directories: { [BACKUP_ETC]: directory(), [BACKUP_DIRECTORY]: directory(), "/var/lib/postfleet": directory() },
    files: {
      [SCRIPT]: file(files.script(args), "0755"),
      [RESTORE]: file(files.restore(args), "0755"),
      [SERVICE]: file(files.service(args)),
      [TIMER]: file(files.timer(args)),
      ...Object.fromEntries(args.targets.map(({ name }) => [files.certificateFile(name), file(pinned(args, name))])),
    },
    validate: [
      { argv: ["python3", "-c", "import ast, sys; ast.parse(open(sys.argv[1]).read())", SCRIPT] },
      { argv: ["sh", "-n", RESTORE] },
    ],
    services: {
      "postfleet-backup.timer": running({ restart: [TIMER] }),
    },
  };
}

function pinned({ certificates }: BackupClientArgs, target: string): string {
  const certificate = certificates[target];
  if (certificate !== undefined) return certificate;
  throw new Error(
    `backup client: there is no certificate of the target ${target}; given are those of ${Object.keys(certificates).join(", ") || "none"}\n` +
      "hint: targets and certificates name the same targets",
  );
}
