/** The resources of addresses at OVH, by type. */
import { onTheWire, type WireHandler } from "../../handler";
import type { OvhApi } from "../api";
import { AdditionalIpHandler } from "./additional-ip";
import { OwnBlocks } from "./addresses";
import { IpFirewallHandler } from "./firewall";
import { ReverseNameHandler } from "./reverse-name";

/** The handlers; `api` is asked only when one of them needs OVH. */
export function ipHandlers(api: () => OvhApi): Record<string, WireHandler> {
  const blocks = new OwnBlocks(api);
  return {
    "postfleet:ovh:ReverseName": onTheWire(new ReverseNameHandler(api, blocks)),
    "postfleet:ovh:IpFirewall": onTheWire(new IpFirewallHandler(api, blocks)),
    "postfleet:ovh:AdditionalIp": onTheWire(new AdditionalIpHandler(api, blocks)),
  };
}
