/** Reverse names with forward confirmation: address → PTR → name → the same address. Receivers refuse mail without it. */
import { SocketAddress } from "node:net";
import type { ReverseName } from "../../plan/types";
import { canonical } from "./canonical";
import type { Finding, Observation, Verdict } from "./finding";
import type { World } from "./world";

/** The name under which an address is looked up, RFC 1035 §3.5 and RFC 3596 §2.5. */
export function reverseName(address: string): string {
  if (!address.includes(":")) return `${address.split(".").reverse().join(".")}.in-addr.arpa`;
  const short = new SocketAddress({ address, family: "ipv6" }).address;
  const [head = "", tail] = short.split("::");
  const groups = (part: string | undefined) => (part ? part.split(":") : []);
  const gap = 8 - groups(head).length - groups(tail).length;
  const all = [...groups(head), ...(tail === undefined ? [] : Array<string>(gap).fill("0")), ...groups(tail)];
  const digits = all.map((group) => group.padStart(4, "0")).join("");
  return `${[...digits].reverse().join(".")}.ip6.arpa`;
}

/** Addresses that no public resolver can know anything of: RFC 1918, RFC 6598, RFC 4193, loopback and link-local. */
export function isPrivate(address: string): boolean {
  return /^(10\.|127\.|169\.254\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.|f[cd]|fe[89ab]|::1$)/i.test(
    address,
  );
}

/** What one resolver knows of an address. */
export interface ReverseHeard {
  server: string;
  /** Names, with the addresses that each leads back to. */
  names?: { name: string; addresses: string[] }[];
  problem?: string;
}

function standing(wanted: ReverseName, heard: ReverseHeard): Verdict {
  if (heard.names === undefined) return "unknown";
  if (heard.names.length === 0) return "missing";
  const same = (type: string, a: string, b: string) => canonical(type, a) === canonical(type, b);
  const ours = heard.names.find(({ name }) => same("PTR", name, `${wanted.name}.`));
  if (ours === undefined) return "different";
  if (!ours.addresses.some((address) => same("AAAA", address, wanted.address))) return "failing";
  return heard.names.length > 1 ? "extra" : "ok";
}

const TODO: Partial<Record<Verdict, (address: string, name: string) => string>> = {
  missing: (address, name) => `set the reverse name of ${address} to ${name}. where you rent the address`,
  different: (address, name) => `set the reverse name of ${address} to ${name}. where you rent the address`,
  failing: (address, name) => `${name} does not lead back to ${address}: publish its A and AAAA records`,
  extra: (address, name) => `leave ${name}. as the only reverse name of ${address}: receivers take one at random`,
  partial: () => "resolvers disagree, as they do while a change spreads: ask again when its time to live is over",
  unknown: () => "no resolver answered: try another one (--resolver)",
};

/** The finding on one address. Pure. */
export function judgeReverse(wanted: ReverseName, heard: ReverseHeard[]): Finding {
  const verdicts = [...new Set(heard.map((each) => standing(wanted, each)).filter((each) => each !== "unknown"))];
  const verdict: Verdict = verdicts.length > 1 ? "partial" : (verdicts[0] ?? "unknown");
  const found = heard.map(
    ({ server, names, problem }): Observation => ({
      server,
      ...(names ? { values: names.map((each) => `${each.name} → ${each.addresses.join(", ") || "no address"}`) } : {}),
      ...(problem === undefined ? {} : { problem }),
    }),
  );
  const todo = TODO[verdict]?.(wanted.address, wanted.name);
  return {
    kind: "reverse",
    zone: "",
    subject: `${wanted.address} PTR`,
    verdict,
    level: wanted.level,
    why: wanted.why,
    rfc: wanted.rfc,
    wanted: [`${wanted.name}.`],
    found,
    notes: [],
    ...(todo === undefined ? {} : { todo }),
  };
}

async function look(world: World, server: string, address: string): Promise<ReverseHeard> {
  try {
    const answer = await world.ask(server, reverseName(address), "PTR");
    if (answer.status !== "NOERROR" && answer.status !== "NXDOMAIN") return { server, problem: answer.status };
    const type = address.includes(":") ? "AAAA" : "A";
    const names = answer.records.filter((record) => record.type === "PTR").map(({ data }) => data);
    const forward = names.map(async (name) => {
      const { records } = await world.ask(server, name, type);
      return { name, addresses: records.filter((record) => record.type === type).map(({ data }) => data) };
    });
    return { server, names: await Promise.all(forward) };
  } catch (error) {
    return { server, problem: (error as Error).message };
  }
}

/** All addresses of the site. Private ones are looked up only where the resolvers are not the public ones. */
export async function checkReverse(
  reverse: readonly ReverseName[],
  world: World,
  publicResolvers: boolean,
): Promise<Finding[]> {
  const wanted = reverse.filter(({ address }) => !(publicResolvers && isPrivate(address)));
  return Promise.all(
    wanted.map(async (each) => {
      const heard = await Promise.all(world.resolvers.map((server) => look(world, server, each.address)));
      return judgeReverse(each, heard);
    }),
  );
}
