/** The resources of storage at OVH, by type. */
import { onTheWire, type WireHandler } from "../../handler";
import type { OvhApi } from "../api";
import { NasShareHandler } from "./nas-share";
import { ObjectStorageHandler } from "./object-storage";

/** The handlers; `api` is asked only when one of them needs OVH. */
export function storageHandlers(api: () => OvhApi): Record<string, WireHandler> {
  return {
    "postfleet:ovh:NasShare": onTheWire(new NasShareHandler(api)),
    "postfleet:ovh:ObjectStorage": onTheWire(new ObjectStorageHandler(api)),
  };
}
