/** What the rotation of keys looks at: every authoritative server's answer, and the live files of the hosts. */
import { type DnsAnswer, DnsError, inParallel } from "../dns/query";
import type { PathFact } from "../host";
import { HostError } from "../host/errors";
import type { HostConnection } from "../manifest";
import type { Holder, RecordSetRef } from "./contract";

/** How name servers are asked; `provider/dns/query.ts` outside of tests. */
export interface Dns {
  ask(server: string, name: string, type: string, options?: { recurse?: boolean }): Promise<DnsAnswer>;
  authoritativeServers(zone: string): Promise<{ name: string; addresses: string[] }[]>;
}

/** How files on hosts are read; a `HostPool` outside of tests. */
export interface Files {
  read(host: HostConnection, role: string, paths: readonly string[]): Promise<Record<string, PathFact | null>>;
}

/**
 * The same world for the many rings of one run: a file is read once in a while, and a server that was silent is not waited
 * for again by each of them.
 *
 * @param seconds How long an answer counts. Reads of one run follow each other at once, and changes come after them.
 */
export function rememberedFiles(files: Files, now: () => number, seconds = 10): Files {
  const known = new Map<string, { until: number; facts: ReturnType<Files["read"]> }>();
  return {
    read(host, role, paths) {
      const key = JSON.stringify([host, role, paths]);
      const last = known.get(key);
      if (last && last.until > now()) return last.facts;
      const facts = files.read(host, role, paths);
      known.set(key, { until: now() + seconds * 1000, facts });
      return facts;
    },
  };
}

/** See {@link rememberedFiles}: silences of name servers are remembered, answers never. */
export function rememberedSilence(dns: Dns, now: () => number, seconds = 10): Dns {
  const silent = new Map<string, { until: number; error: DnsError }>();
  return {
    authoritativeServers: (zone) => dns.authoritativeServers(zone),
    async ask(server, name, type, options) {
      const last = silent.get(server);
      if (last && last.until > now()) throw last.error;
      try {
        return await dns.ask(server, name, type, options);
      } catch (error) {
        if (error instanceof DnsError && error.failure !== "question")
          silent.set(server, { until: now() + seconds * 1000, error });
        throw error;
      }
    },
  };
}

/** A record set that is wanted. `differs` says in a few words what is wrong with the data found; nothing where it is right. */
export interface WantedSet extends RecordSetRef {
  differs(data: string[]): string | undefined;
}

/** What was found wrong: answers other than wanted, and servers that gave none. */
export interface Look {
  unseen: string[];
  silent: string[];
}

const AT_ONCE = 16;

/** One name server: it may have several addresses, and is one server all the same. */
interface Server {
  name: string;
  addresses: string[];
}

/** Asks all authoritative servers. Which those are is looked up once a zone and look. */
export class Authorities {
  private readonly zones = new Map<string, Promise<Server[]>>();

  /** @param given Addresses of the servers; without them those to which the zones are delegated are asked. */
  constructor(
    private readonly dns: Dns,
    private readonly given?: readonly string[],
  ) {}

  /** Asks every server for every set. */
  async look(sets: readonly WantedSet[]): Promise<Look> {
    const looks = await this.each(sets);
    const all = (part: keyof Look) => [...new Set(looks.flatMap((look) => look[part]))].sort();
    return { unseen: all("unseen"), silent: all("silent") };
  }

  /** The same, one look a set. */
  each(sets: readonly WantedSet[]): Promise<Look[]> {
    return inParallel(sets, AT_ONCE, async (set) => {
      const found: Look = { unseen: [], silent: [] };
      try {
        for (const server of await this.serversOf(set)) {
          const problem = await this.problem(server, set);
          if (problem !== undefined) found.unseen.push(problem);
        }
      } catch (error) {
        if (!(error instanceof DnsError)) throw error;
        found.silent.push(error.message);
      }
      return found;
    });
  }

  private async problem(server: Server, set: WantedSet): Promise<string | undefined> {
    const answer = await this.answer(server, set);
    const here = `${server.name}: ${set.name} ${set.type}`;
    if (answer.status !== "NOERROR" && answer.status !== "NXDOMAIN") return `${here}: ${answer.status}`;
    if (!answer.authoritative) return `${here}: the answer is not from the zone itself`;
    const data = answer.records.filter(({ type }) => type === set.type).map((record) => record.data);
    const wrong = set.differs(data);
    return wrong === undefined ? undefined : `${here}: ${data.length === 0 ? "no such record" : wrong}`;
  }

  /** The answer by the first address that gives one: this machine may lack IPv6, the server lacks nothing for it. */
  private async answer(server: Server, { name, type }: RecordSetRef): Promise<DnsAnswer> {
    let last = new DnsError(server.name, { name, type }, "question", "the name server has no address");
    for (const address of server.addresses) {
      try {
        return await this.dns.ask(address, name, type, { recurse: false });
      } catch (error) {
        if (!(error instanceof DnsError)) throw error;
        last = error;
      }
    }
    throw last;
  }

  private serversOf({ name, zone }: RecordSetRef): Promise<Server[]> {
    if (this.given && zone !== undefined)
      return Promise.resolve(this.given.map((address) => ({ name: address, addresses: [address] })));
    const start = zone ?? name;
    const known = this.zones.get(start) ?? this.delegated(start);
    this.zones.set(start, known);
    return known;
  }

  /** The servers of the zone that a name lies in. */
  private async delegated(start: string): Promise<Server[]> {
    try {
      return await this.dns.authoritativeServers(start);
    } catch (error) {
      const parent = start.slice(start.indexOf(".") + 1);
      // "No name servers" at a name that is no zone: its zone is further up.
      if (!(error instanceof DnsError && error.failure === "question" && parent.includes("."))) throw error;
      return this.delegated(parent);
    }
  }
}

/** What a host's file says. */
export interface Held {
  holder: Holder;
  /** Content; undefined where there is no file: nothing is at work there. */
  content?: string;
  pending: boolean;
}

/** The live files of all holders, and of which hosts nothing is known. */
export async function heldBy(files: Files, holders: readonly Holder[]): Promise<{ held: Held[]; unread: string[] }> {
  const unread: string[] = [];
  const held = await inParallel(holders, AT_ONCE, async (holder): Promise<Held | undefined> => {
    const { host, role, path, pending } = holder;
    try {
      const facts = await files.read(host, role, pending === undefined ? [path] : [path, pending]);
      const file = facts[path];
      if (file && file.content === undefined) {
        unread.push(`${host.name} (${path} is not a text file)`);
        return undefined;
      }
      return { holder, content: file?.content, pending: pending !== undefined && Boolean(facts[pending]) };
    } catch (error) {
      if (!(error instanceof HostError)) throw error;
      unread.push(`${host.name} (${error.problem})`);
      return undefined;
    }
  });
  return { held: held.filter((each) => each !== undefined), unread: unread.sort() };
}
