/** The resources of servers at OVH, by type. */
import type { ResourceHandler } from "../handler";
import type { OvhApi } from "./api";

export { ovhApi } from "./client";
export { ovhConfigOf } from "./settings";

/** The handlers; `api` is asked only when one of them needs OVH. */
export function ovhHandlers(_api: () => OvhApi): Record<string, ResourceHandler> {
  return {};
}
