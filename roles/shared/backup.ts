/** Places that the target and the client of backups agree upon. */
import type { SecretRef } from "../secrets";
import { PORTS } from "./paths";

/** Settings and secrets of backups on any host. */
export const BACKUP_ETC = "/etc/postfleet/backup";
/** Where a target keeps the repositories, one folder a client. */
export const BACKUP_DATA = "/srv/backup";

/** Port of a client's server, the same at every target: each client has one to itself, from `first` on in their order. */
export const backupPort = <T>(clients: readonly T[], client: T, first: number = PORTS.restServer): number =>
  first + clients.indexOf(client);

/** A secret that client and target share, named after their data: it outlives both hosts. */
export const backupSecret = (client: string, target: string, use: "login" | "repository"): SecretRef => ({
  kind: "password",
  id: `backup-${client}-${target}-${use}`,
  length: 40,
  of: "site",
});

/** The key of a target's certificate. */
export const targetKey = (target: string): SecretRef => ({ kind: "key", id: `backup-${target}`, algorithm: "ed25519" });
