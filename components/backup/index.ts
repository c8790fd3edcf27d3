/** Backups with restic: a target that only grows, and clients that encrypt before they send. */
export { selfSigned } from "./certificate";
export {
  BackupClient,
  type BackupClientArgs,
  type BackupClientSecrets,
  type BackupDestination,
  backupClientManifest,
} from "./client";
export { BackupTarget, type BackupTargetArgs, type BackupTargetSecrets, backupTargetManifest } from "./target";
