/**
 * Where backups go: restic's rest-server, append-only, one private repository a client, over TLS with a pinned certificate.
 * A client that was broken into can add to its repository but neither delete from it nor see another's.
 *
 * Somebody must prune. With `repositoryPasswords` the target does, every night: simple, and a broken client still cannot
 * destroy anything; the price is that who owns the target can read the mail in its backups. Without them nothing on the
 * target can read anything, and the operator prunes from elsewhere.
 */
import * as pulumi from "@pulumi/pulumi";
import { manifestOf, type RoleArgs, RoleComponent } from "../../components/resources/role-component";
import { type FileSpec, type Manifest, manifest, type ServiceSpec } from "../../provider/manifest";
import { BACKUP_DATA, BACKUP_ETC } from "../shared/backup";
import { directory, file, firewallService, running, secretFile } from "../shared/entries";
import { NFTABLES_DIRECTORY, PORTS } from "../shared/paths";
import * as files from "./files";

/** What a backup target wants to know. */
export interface BackupTargetArgs {
  /**
   * Who may back up here: a name (user and folder) and the addresses it comes from.
   * @example [{ name: "mail1", addresses: ["203.0.113.11", "2001:db8::11"] }]
   */
  clients: { name: string; addresses: string[] }[];
  /**
   * The server's certificate (PEM), which clients pin; see `selfSigned` in components/backup/certificate.ts.
   * @example "-----BEGIN CERTIFICATE-----…"
   */
  certificate: string;
  /**
   * TCP port.
   * @default 8000
   * @example 8443
   */
  port?: number;
  /**
   * Part of the disk that backups leave free, in percent: restores and pruning need room.
   * @default 10
   * @example 20
   */
  minFree?: number;
  /**
   * Most that all repositories together may take, in bytes.
   * @default undefined: the disk less `minFree`
   * @example 2000000000000
   */
  maxSize?: number;
  /**
   * How many snapshots to keep; all of the last day are kept besides.
   * @default { daily: 7, weekly: 4, monthly: 12 }
   * @example { daily: 14, weekly: 8, monthly: 24 }
   */
  keep?: { daily: number; weekly: number; monthly: number };
  /**
   * Prune and check here; needs `repositoryPasswords`.
   * @default true
   * @example false
   */
  upkeep?: boolean;
}

/** Secrets of a backup target. */
export interface BackupTargetSecrets {
  /** Private key of `certificate`, PEM. */
  privateKey: pulumi.Input<string>;
  /** Client -> password by which it logs in to the server. Random, 32 characters or more. */
  passwords: Record<string, pulumi.Input<string>>;
  /** Client -> password of its repository, where the target prunes and checks. */
  repositoryPasswords?: Record<string, pulumi.Input<string>>;
}

const SERVER = "/usr/local/lib/postfleet/backup-server";
const UPKEEP = "/usr/local/lib/postfleet/backup-upkeep";
const DROP_IN = "/etc/systemd/system/restic-rest-server.service.d/postfleet.conf";
const NFT = `${NFTABLES_DIRECTORY}/backup.nft`;
const USER = "restic-rest-server";

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

/** The manifest of a backup target, without its secrets. */
export function backupTargetManifest(args: BackupTargetArgs): Manifest {
  const parts = upkeepParts(args);
  return manifest("backup", {
    packages: { restic: "present", "restic-rest-server": "present" },
    directories: {
      [BACKUP_ETC]: directory(),
      [BACKUP_DATA]: { mode: "0750", owner: USER, group: USER },
    },
    files: {
      [files.CERTIFICATE]: file(args.certificate),
      [SERVER]: file(files.server(args), "0755"),
      [DROP_IN]: file(files.unit(args)),
      [NFT]: file(files.nft(args)),
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
      ...firewallService(NFT),
      "restic-rest-server.service": running({
        restart: [SERVER, DROP_IN, files.CERTIFICATE, files.KEY, files.HTPASSWD],
      }),
      ...parts.services,
    },
    health: [{ kind: "http", url: `https://127.0.0.1:${args.port ?? PORTS.restServer}/`, status: 401, timeout: 15 }],
    keep: [BACKUP_DATA],
  });
}

/** A backup target on one host. */
export class BackupTarget extends RoleComponent {
  constructor(
    name: string,
    {
      host,
      privateKey,
      passwords,
      repositoryPasswords = {},
      ...args
    }: RoleArgs<BackupTargetArgs> & BackupTargetSecrets,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    const repositories = Object.entries(repositoryPasswords).map(
      ([client, password]) => [files.repositoryPassword(client), secretFile(password)] as const,
    );
    const upkeep = pulumi.output(args.upkeep).apply((wanted) => (wanted ?? true) && repositories.length > 0);
    const wanted = manifestOf(backupTargetManifest, { ...args, upkeep });
    const secretFiles = {
      [files.KEY]: secretFile(privateKey, USER),
      [files.HTPASSWD]: secretFile(pulumi.output(passwords).apply(files.htpasswd), USER),
      ...Object.fromEntries(repositories),
    };
    super("postfleet:mail:BackupTarget", name, { host, manifest: wanted, secretFiles }, opts);
  }
}
