/** Whether every authoritative server of a zone has taken a change: its serial, and the records themselves. */
import type { Polling } from "../../polling";
import type { DnsAnswer, DnsError } from "../query";
import { type RecordSet, ZoneError } from "./model";
import { canonicalLive } from "./rdata";

/** How the world is asked. */
export interface Resolver {
  ask(server: string, name: string, type: string): Promise<DnsAnswer>;
  authoritativeServers(zone: string): Promise<{ name: string; addresses: string[] }[]>;
}

/** A server that is asked, by name for messages. */
export interface Server {
  name: string;
  address: string;
}

/** True when serial `a` is later than `b`, RFC 1982 §3.2: the numbers wrap around. */
export function later(a: number, b: number): boolean {
  const distance = (a - b) >>> 0;
  return distance !== 0 && distance < 0x80000000;
}

/** The latest of these serials. */
export const latest = (serials: readonly number[]): number | undefined =>
  serials.reduce<number | undefined>(
    (best, serial) => (best === undefined || later(serial, best) ? serial : best),
    undefined,
  );

/** The serial that a server answers, RFC 1035 §3.3.13; undefined where it does not serve the zone. */
export async function serialOf(dns: Resolver, server: Server, zone: string): Promise<number | undefined> {
  const { records } = await dns.ask(server.address, zone, "SOA");
  const fields = records.find(({ type }) => type === "SOA")?.data.split(" ");
  return fields?.[2] === undefined ? undefined : Number(fields[2]);
}

/** What every server has to answer. */
export interface Expected {
  zone: string;
  /** The serial, or a later one. Undefined: any. */
  serial?: number;
  /** Values of these sets must be answered; a set without values must not exist. */
  sets: RecordSet[];
}

/** What is missing at one server; undefined when it answers as expected, "unreachable" where there is no way to it from here. */
async function missing(dns: Resolver, server: Server, expected: Expected): Promise<string | undefined> {
  const { zone, serial, sets } = expected;
  try {
    const answered = await serialOf(dns, server, zone);
    if (answered === undefined) return "does not serve the zone";
    if (serial !== undefined && answered !== serial && !later(answered, serial))
      return `answers serial ${answered}, not ${serial} or later`;
    for (const { name, type, values } of sets) {
      const answer = await dns.ask(server.address, name, type);
      const found = answer.records
        .filter((record) => record.name === name && record.type === type)
        .map(({ data }) => canonicalLive(type, data, zone));
      const all = (a: string[], b: string[]) => a.every((value) => b.includes(value));
      if (!all(values, found) || (values.length === 0 && found.length > 0))
        return `answers ${found.join(", ") || answer.status} to ${name} ${type}, not ${values.join(", ") || "that there is none"}`;
    }
    return undefined;
  } catch (error) {
    return (error as Partial<DnsError>).failure === "unreachable" ? UNREACHABLE : (error as Error).message;
  }
}

/** This machine has no way to the server (no IPv6, say), which says nothing about the zone. */
const UNREACHABLE = "unreachable";

/**
 * Asks every server until all answer as expected, and gives those that did. `again` runs every tenth round, since a
 * publication may have been swallowed.
 */
export async function untilServed(
  dns: Resolver,
  servers: readonly Server[],
  expected: Expected,
  polling: Polling,
  progress: (message: string) => void,
  again: () => Promise<void>,
): Promise<Server[]> {
  const end = Date.now() + polling.limitMs;
  const seen: Server[] = [];
  let waiting = [...servers];
  for (let round = 1; ; round++) {
    const problems = await Promise.all(waiting.map((server) => missing(dns, server, expected)));
    seen.push(...waiting.filter((_, i) => problems[i] === undefined));
    const open = waiting
      .map((server, i) => ({ server, problem: problems[i] }))
      .filter(({ problem }) => problem && problem !== UNREACHABLE);
    const reasons = open.map(({ server, problem }) => `${server.name} (${server.address}) ${problem}`);
    waiting = open.map(({ server }) => server);
    if (waiting.length === 0) return seen;
    if (Date.now() + polling.everyMs > end) {
      throw new ZoneError(
        `${expected.zone}: the change is written and published, but after ${Math.round(polling.limitMs / 1000)} s not every ` +
          `authoritative server answers it\n${reasons.map((reason) => `  ${reason}`).join("\n")}`,
        "the next update asks again; `postfleet dns` shows what each server answers",
      );
    }
    progress(`waiting for ${waiting.length} of ${servers.length} name servers of ${expected.zone}: ${reasons[0]}`);
    if (round % 10 === 0) await again();
    await new Promise((done) => setTimeout(done, polling.everyMs));
  }
}
