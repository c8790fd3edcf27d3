/** What a backup target is told. */

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
