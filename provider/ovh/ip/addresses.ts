/** IP addresses and blocks: one way of writing each, and which of our blocks an address belongs to. */
import { BlockList, isIP, isIPv6, SocketAddress } from "node:net";
import type { OvhApi } from "../api";
import { refused } from "../refused";

/** The one way to write an address: IPv6 as of RFC 5952, whatever form was given. Undefined for what is none. */
export function canonicalAddress(text: string): string | undefined {
  if (isIP(text) === 0 || text.includes("%")) return undefined;
  return isIPv6(text) ? new SocketAddress({ address: text, family: "ipv6" }).address : text;
}

/** An address as OVH names it for a machine, in the one way of writing it. */
export function namedAddress(machine: string, text: unknown): string {
  const address = typeof text === "string" ? canonicalAddress(text) : undefined;
  if (address !== undefined) return address;
  throw refused(
    `OVH names ${JSON.stringify(text)} as the address of ${machine}`,
    "look at it in OVH's control panel; ask their support",
  );
}

/** The one way to write a block, RFC 4632 section 3.1; a bare address is a block of one. Undefined for what is none. */
export function canonicalBlock(text: string): string | undefined {
  const [network = "", bits, ...rest] = text.split("/");
  const address = canonicalAddress(network);
  if (address === undefined || rest.length > 0) return undefined;
  const widest = isIPv6(address) ? 128 : 32;
  const width = bits === undefined ? widest : /^\d{1,3}$/.test(bits) ? Number(bits) : Number.NaN;
  return width >= 0 && width <= widest ? `${address}/${width}` : undefined;
}

/** Whether an address lies in a block. */
export function contains(block: string, address: string): boolean {
  const canonical = canonicalBlock(block);
  const [network = "", bits = ""] = canonical?.split("/") ?? [];
  // A BlockList takes IPv4 for a part of IPv6 (::ffff:0:0/96).
  if (isIP(network) !== isIP(address)) return false;
  const list = new BlockList();
  list.addSubnet(network, Number(bits), isIPv6(network) ? "ipv6" : "ipv4");
  return list.check(address, isIPv6(address) ? "ipv6" : "ipv4");
}

const widthOf = (block: string): number => Number(canonicalBlock(block)?.split("/")[1]);

/** The account's blocks, asked for once a run: they only change by an order. */
export class OwnBlocks {
  private blocks: Promise<string[]> | undefined;

  constructor(private readonly api: () => OvhApi) {}

  list(): Promise<string[]> {
    this.blocks ??= this.api()
      .get<string[]>("/ip")
      .catch((error: unknown) => {
        this.blocks = undefined;
        throw error;
      });
    return this.blocks;
  }

  /** Our smallest block with the address, as OVH writes it; undefined where the address is not ours. */
  async find(address: string): Promise<string | undefined> {
    const around = (await this.list()).filter((block) => contains(block, address));
    return around.sort((a, b) => widthOf(b) - widthOf(a))[0];
  }

  /** The same, refusing an address that is not ours. */
  async of(address: string): Promise<string> {
    return (await this.find(address)) ?? this.notOurs(address);
  }

  /** What there is at an address, with its block; undefined where that is nothing, or the address is not ours. */
  async at<T>(
    address: string,
    look: (block: string) => Promise<T | undefined>,
  ): Promise<{ block: string; live: T } | undefined> {
    const block = await this.find(address);
    const live = block === undefined ? undefined : await look(block);
    return block === undefined || live === undefined ? undefined : { block, live };
  }

  /** One of our blocks, as OVH writes it, however it was written. */
  async named(block: string): Promise<string> {
    const wanted = canonicalBlock(block);
    return (await this.list()).find((own) => canonicalBlock(own) === wanted) ?? this.notOurs(block);
  }

  private async notOurs(what: string): Promise<never> {
    const blocks = await this.list();
    throw refused(
      `${what} is not an address of this OVH account`,
      blocks.length > 0 ? `its blocks are ${blocks.join(", ")}` : "the account has no IP block at all",
    );
  }
}

/** The identifier of an import, in the one way of writing it. */
export function importedAddress(id: string): string {
  const address = canonicalAddress(id);
  if (address === undefined) throw refused(`"${id}" is no IP address`, 'import by the address, as "192.0.2.1"');
  return address;
}
