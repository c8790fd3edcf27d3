/** Who serves the zones of a site: the name servers that each is delegated to, by every address. */
import { DnsError } from "../../provider/dns/query";
import type { Finding } from "./finding";
import type { World } from "./world";

/** One address of a name server, under the name by which people know it. */
export interface Server {
  label: string;
  address: string;
}

/** A zone of the site and who serves it. */
export interface DelegatedZone {
  name: string;
  nameServers: { name: string; addresses: string[] }[];
  servers: Server[];
  /** The zone cannot be looked at. */
  trouble?: Finding;
}

/** Who serves a zone, or why nobody knows. */
export async function delegation(name: string, world: World): Promise<DelegatedZone> {
  let problem: unknown;
  for (const resolver of world.resolvers) {
    try {
      const nameServers = await world.nameServers(name, resolver);
      const servers = nameServers.flatMap((server) =>
        server.addresses.map((address) => ({ label: `${server.name} (${address})`, address })),
      );
      return { name, nameServers, servers };
    } catch (error) {
      if (!(error instanceof DnsError)) throw error;
      problem = error;
      // The resolver did answer: the zone has no name servers.
      if (error.failure === "question") break;
    }
  }
  const error = problem as DnsError;
  const trouble: Finding = {
    kind: "record",
    zone: name,
    subject: `${name} delegation`,
    verdict: error.failure === "question" ? "missing" : "unknown",
    level: "required",
    why: "without name servers nothing of the zone can be found",
    rfc: "RFC 1034 §4.2",
    wanted: [],
    found: [{ server: error.server, problem: error.message }],
    notes: [],
    todo: error.failure === "question" ? "register the zone, and give its name servers to the registrar" : error.hint,
  };
  return { name, nameServers: [], servers: [], trouble };
}
