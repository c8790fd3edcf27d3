/** Places that the target and the client of backups agree upon. */

/** Settings and secrets of backups on any host. */
export const BACKUP_ETC = "/etc/postfleet/backup";
/** Where a target keeps the repositories, one folder a client. */
export const BACKUP_DATA = "/srv/backup";
