/** Backups of one host: restic, encrypted before it leaves the host, to one target or several. */
import * as pulumi from "@pulumi/pulumi";
import type { InputsOf } from "../../components/resources/inputs";
import { type RoleArgs, RoleComponent } from "../../components/resources/role-component";
import { type Manifest, manifest } from "../../provider/manifest";
import { BACKUP_ETC } from "../shared/backup";
import { directory, file, running, secretFile } from "../shared/entries";
import { BACKUP_DIRECTORY } from "../shared/paths";
import * as files from "./files";

/** A backup target as a client sees it. */
export interface BackupDestination {
  /** Name of the target. @example "back1" */
  name: string;
  /** Name or address, one of those on the certificate. @example "203.0.113.21" */
  address: string;
  /** TCP port. @default 8000 @example 8443 */
  port?: number;
  /** The certificate to expect, PEM; no other is accepted. @example "-----BEGIN CERTIFICATE-----…" */
  certificate: string;
}

/** What a backup client wants to know. */
export interface BackupClientArgs {
  /**
   * Name of this client: its user and its folder on the target.
   * @example "mail1"
   */
  client: string;
  /**
   * Where backups go, each on its own; the first one is restored from.
   * @example [{ name: "back1", address: "203.0.113.21", certificate: "…" }]
   */
  targets: BackupDestination[];
  /**
   * Time between backups in minutes.
   * @default 60
   * @example 15
   */
  every?: number;
}

/** Secrets of a backup client, by target. */
export interface BackupClientSecrets {
  /** Target -> password by which this client logs in there. */
  passwords: Record<string, pulumi.Input<string>>;
  /** Target -> password that encrypts the repository. Lost, the backups are lost: it lives in the Pulumi state. */
  repositoryPasswords: Record<string, pulumi.Input<string>>;
}

const SCRIPT = "/usr/local/lib/postfleet/backup";
const RESTORE = "/usr/local/sbin/postfleet-restore";
const SERVICE = "/etc/systemd/system/postfleet-backup.service";
const TIMER = "/etc/systemd/system/postfleet-backup.timer";

/** The manifest of a backup client, without its secrets. */
export function backupClientManifest(args: BackupClientArgs): Manifest {
  return manifest("backup-client", {
    packages: { restic: "present" },
    directories: { [BACKUP_ETC]: directory(), [BACKUP_DIRECTORY]: directory(), "/var/lib/postfleet": directory() },
    files: {
      [SCRIPT]: file(files.script(args), "0755"),
      [RESTORE]: file(files.restore(args), "0755"),
      [SERVICE]: file(files.service(args)),
      [TIMER]: file(files.timer(args)),
      ...Object.fromEntries(args.targets.map((t) => [files.certificateFile(t.name), file(t.certificate)])),
    },
    validate: [
      { argv: ["python3", "-c", "import ast, sys; ast.parse(open(sys.argv[1]).read())", SCRIPT] },
      { argv: ["sh", "-n", RESTORE] },
    ],
    services: {
      "postfleet-backup.timer": running({ restart: [TIMER] }),
    },
  });
}

/** Arguments whose targets may hold outputs each. */
type BackupClientInputs = Omit<RoleArgs<BackupClientArgs>, "targets"> & { targets: InputsOf<BackupDestination>[] };

/** Backups of one host. */
export class BackupClient extends RoleComponent {
  constructor(
    name: string,
    { host, passwords, repositoryPasswords, ...args }: BackupClientInputs & BackupClientSecrets,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    const wanted = pulumi.output(args).apply((plain) => backupClientManifest(plain as BackupClientArgs));
    const secretFiles = Object.entries(passwords).map(([target, password]) => {
      const destination = args.targets.find((candidate) => candidate.name === target);
      const repository = repositoryPasswords[target];
      if (destination === undefined || repository === undefined)
        throw new Error(
          `backup client ${name}: target ${target} has a password but no ${destination === undefined ? "address" : "repository password"}. Hint: targets, passwords and repositoryPasswords name the same targets`,
        );
      const content = pulumi
        .all([args.client, pulumi.output(destination), password, repository])
        .apply(([client, d, login, secret]) => files.environment(client, d as BackupDestination, login, secret));
      return [files.environmentFile(target), secretFile(content)] as const;
    });
    super(
      "postfleet:mail:BackupClient",
      name,
      { host, manifest: wanted, secretFiles: Object.fromEntries(secretFiles) },
      opts,
    );
  }
}
