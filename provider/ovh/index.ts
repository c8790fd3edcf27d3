/** The resources at OVH, by type. */
import { onTheWire, type WireHandler } from "../handler";
import type { OvhApi } from "./api";
import { ipHandlers } from "./ip";
import { backupStorageHandler } from "./servers/backup-storage";
import { installationHandler } from "./servers/installation";
import { monitoringHandler } from "./servers/monitoring";
import { partsOf } from "./servers/parts";
import { dedicatedServers } from "./servers/server-install";
import { virtualServers } from "./servers/vps-rebuild";
import { vrackHandler } from "./servers/vrack";
import { storageHandlers } from "./storage";

export { ovhApi } from "./client";
export { ovhConfigOf } from "./settings";

/** The handlers; `api` is asked only when one of them needs OVH. */
export function ovhHandlers(api: () => OvhApi): Record<string, WireHandler> {
  const parts = partsOf(api);
  return {
    "postfleet:ovh:ServerInstall": onTheWire(installationHandler(dedicatedServers(parts), parts)),
    "postfleet:ovh:VpsRebuild": onTheWire(installationHandler(virtualServers(parts), parts)),
    "postfleet:ovh:Monitoring": onTheWire(monitoringHandler(parts)),
    "postfleet:ovh:BackupStorage": onTheWire(backupStorageHandler(parts)),
    "postfleet:ovh:Vrack": onTheWire(vrackHandler(parts)),
    ...ipHandlers(api),
    ...storageHandlers(api),
  };
}
