/** What a backup target is told. */

/** A host that backs up here. */
export interface BackupSource {
  /** Its user and its folder. @example "mail1" */
  name: string;
  /** Where it comes from. @example ["203.0.113.11", "2001:db8::11"] */
  addresses: string[];
  /**
   * Most that its repository may take, in thousandths of the room for backups. All together should not be more than 1000.
   * @default equal parts
   * @example 900
   */
  share?: number;
}

/** What a backup target wants to know. */
export interface BackupTargetArgs {
  /**
   * Who may back up here. Each has a server of its own.
   * @example [{ name: "mail1", addresses: ["203.0.113.11", "2001:db8::11"] }]
   */
  clients: BackupSource[];
  /**
   * The server's certificate (PEM), which clients pin; see `selfSigned` in components/backup/certificate.ts.
   * @example "-----BEGIN CERTIFICATE-----…"
   */
  certificate: string;
  /**
   * TCP port of the first client's server; those of the others follow, in their order.
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
   * Of how many days, weeks and months to keep a snapshot: the first that arrived. All of the last day are kept besides.
   * @default { daily: 7, weekly: 4, monthly: 12 }
   * @example { daily: 14, weekly: 8, monthly: 24 }
   */
  keep?: { daily: number; weekly: number; monthly: number };
  /**
   * Time between backups in minutes, as clients are told: many more snapshots than that makes are an alarm.
   * @default 60
   * @example 15
   */
  every?: number;
  /**
   * Prune and check here; needs `repositoryPasswords`.
   * @default true
   * @example false
   */
  upkeep?: boolean;
}
