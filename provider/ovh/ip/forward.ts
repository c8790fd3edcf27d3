/**
 * Where a name leads. The zone's own name servers are asked, because resolvers go on saying for an hour or so that a name has
 * no address, once they were asked before it had one.
 */
import { ask, authoritativeServers, DnsError, defaultResolver } from "../../dns/query";
import { canonicalAddress } from "./addresses";

/** The questions; tests have name servers of their own. */
export interface NameServers {
  ask: typeof ask;
  authoritativeServers: typeof authoritativeServers;
  defaultResolver: typeof defaultResolver;
}

/** Addresses (A and AAAA) of a name, none where it has none; rejects when there is no answer. */
export async function resolves(
  name: string,
  dns: NameServers = { ask, authoritativeServers, defaultResolver },
): Promise<string[]> {
  const resolver = dns.defaultResolver();
  for (const server of await serversOf(name, dns)) {
    try {
      const found = await addresses(server, name, dns);
      // An alias may lead to another zone, of which this server knows nothing.
      if (found !== "alias") return found;
      break;
    } catch (error) {
      // The next one; behind a filter that lets nobody ask them, the resolver.
      if (!(error instanceof DnsError)) throw error;
    }
  }
  const found = await addresses(resolver, name, dns);
  return found === "alias" ? [] : found;
}

/** Addresses of the name servers of the zone that holds a name. */
async function serversOf(name: string, dns: NameServers): Promise<string[]> {
  const labels = name.split(".");
  for (let i = 0; i < labels.length - 1; i++) {
    try {
      const servers = await dns.authoritativeServers(labels.slice(i).join("."));
      return servers.flatMap((server) => server.addresses);
    } catch (error) {
      // No zone of its own: the one above.
      if (!(error instanceof DnsError) || error.failure !== "question") throw error;
    }
  }
  return [];
}

async function addresses(server: string, name: string, dns: NameServers): Promise<string[] | "alias"> {
  const answers = await Promise.all(["A", "AAAA"].map((type) => dns.ask(server, name, type)));
  const failed = answers.find(({ status }) => status !== "NOERROR" && status !== "NXDOMAIN");
  if (failed) throw new DnsError(server, { name, type: "A" }, "refused", failed.status);
  const records = answers.flatMap((answer) => answer.records);
  const found = records.filter(({ type }) => type === "A" || type === "AAAA").map(({ data }) => data);
  if (found.length === 0 && records.some(({ type }) => type === "CNAME")) return "alias";
  return found.map((address) => canonicalAddress(address) ?? address);
}
