/** IP addresses and blocks in one form, so that they can be compared. */
import { BlockList, isIPv4, isIPv6 } from "node:net";

/** An address in its shortest form, RFC 5952; undefined when it is none. */
export function canonical(address: string): string | undefined {
  if (isIPv4(address)) return address;
  return isIPv6(address) ? new URL(`http://[${address}]/`).hostname.slice(1, -1) : undefined;
}

/** A block with its prefix length in one form; a bare address is a block of its own. */
export function canonicalBlock(block: string): string | undefined {
  const [text = "", length] = block.split("/");
  const address = canonical(text);
  if (!address || (length !== undefined && !/^\d+$/.test(length))) return undefined;
  return `${address}/${length ?? (isIPv4(address) ? 32 : 128)}`;
}

/** Whether an address belongs to a block. */
export function contains(block: string, address: string): boolean {
  const [network = "", length = isIPv4(network) ? "32" : "128"] = block.split("/");
  const list = new BlockList();
  list.addSubnet(network, Number(length), isIPv4(network) ? "ipv4" : "ipv6");
  return list.check(address, isIPv4(address) ? "ipv4" : "ipv6");
}
