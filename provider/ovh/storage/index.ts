/** The resources of storage at OVH, by type. */
import type { ResourceHandler } from "../../handler";
import type { OvhApi } from "../api";
import { NasShareHandler } from "./nas-share";
import { ObjectStorageHandler } from "./object-storage";

/** The handlers; `api` is asked only when one of them needs OVH. */
export function storageHandlers(api: () => OvhApi): Record<string, ResourceHandler> {
  return {
    "postfleet:ovh:NasShare": new NasShareHandler(api),
    "postfleet:ovh:ObjectStorage": new ObjectStorageHandler(api),
  };
}
