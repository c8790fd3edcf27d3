/** What a backup client is told. */

/** A backup target as a client sees it. */
export interface BackupDestination {
  /** Name of the target. @example "back1" */
  name: string;
  /** Name or address, one of those on the certificate. @example "203.0.113.21" */
  address: string;
  /** TCP port of this client's server there. @default 8000 @example 8443 */
  port?: number;
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
  /**
   * Target -> the certificate to expect there, PEM; no other is accepted.
   * @example { back1: "-----BEGIN CERTIFICATE-----…" }
   */
  certificates: Record<string, string>;
}
