/** Where a name leads, as public DNS answers. */
import { Resolver } from "node:dns/promises";
import { canonicalAddress } from "./addresses";

/** Addresses (A and AAAA) of a name, none where it has none; rejects when the resolver gives no answer. */
export async function resolves(name: string): Promise<string[]> {
  const resolver = new Resolver({ timeout: 2000, tries: 2 });
  const server = process.env.POSTFLEET_RESOLVER;
  if (server) resolver.setServers([server]);
  const found = await Promise.all([resolver.resolve4(name), resolver.resolve6(name)].map((all) => all.catch(none)));
  return found.flat().map((address) => canonicalAddress(address) ?? address);
}

function none(error: NodeJS.ErrnoException): string[] {
  if (error.code === "ENOTFOUND" || error.code === "ENODATA") return [];
  throw error;
}
