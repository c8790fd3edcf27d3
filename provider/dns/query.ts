/**
 * Questions to name servers: one server, one name, one type, and what it answered. Unlike the operating system's resolver
 * this asks the server that the caller names, so that each authoritative server and each public resolver can be compared.
 */
import { randomInt } from "node:crypto";
import * as packet from "dns-packet";
import { presentation } from "./query/rdata";
import { DnsError, type DnsFailure, defaultResolver, endpoint } from "./query/server";
import { overTcp, overUdp, TransportError } from "./query/transport";

export { DnsError, type DnsFailure, defaultResolver } from "./query/server";

/** One record of an answer. */
export interface AnsweredRecord {
  /** Owner, lower case, without the final dot; the root is ".". It differs from the name asked for behind a CNAME. */
  name: string;
  type: string;
  /** Time to live in seconds. */
  ttl: number;
  /** RDATA as in a zone file: names with their final dot, TXT quoted per character-string. */
  data: string;
}

/** What a server said. */
export interface DnsAnswer {
  /** "NOERROR" (also where the name exists without such records), "NXDOMAIN", "SERVFAIL", "REFUSED", … */
  status: string;
  /** AA: the server answers from its own zone. */
  authoritative: boolean;
  /** AD: the server has validated the answer by DNSSEC, RFC 4035 §3.2.3. Worth as much as the way to that server. */
  authenticated: boolean;
  /** The answer section, CNAMEs on the way included; of a referral (RFC 1034 section 4.3.2) the servers that it names. */
  records: AnsweredRecord[];
}

/** How to ask. */
export interface AskOptions {
  /** Milliseconds to wait for one try. Default 2000. */
  timeout?: number;
  /** Times to ask before giving up. Default 2. */
  tries?: number;
  /** Let the server look elsewhere (RD). Default true; authoritative servers do not mind. */
  recurse?: boolean;
  /** Ask for signatures too (DO): RRSIG records are in the answer. Default false. */
  dnssec?: boolean;
}

/** An answer, or why there is none, with the server asked. */
export type EachAnswer = { server: string; answer: DnsAnswer } | { server: string; error: DnsError };

/** Avoids fragments on all usual paths; what is larger comes by TCP. */
const UDP_SIZE = 1232;
const STATUS = ["NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED", "YXDOMAIN", "YXRRSET", "NXRRSET"];
const AT_ONCE = 16;

const plain = (name: string) => (name === "." || name === "" ? "." : name.replace(/\.$/, "").toLowerCase());

/** The library writes whatever it is given; a label that is too long would come out as another question. */
function isName(name: string): boolean {
  if (name === ".") return true;
  return name.length <= 253 && name.split(".").every((label) => /^[\x21-\x7e]{1,63}$/.test(label));
}

function encodeQuery(id: number, name: string, type: packet.RecordType, options: AskOptions): Buffer {
  // AD in a question asks for AD in the answer, RFC 6840 §5.7.
  const flags = packet.AUTHENTIC_DATA | (options.recurse === false ? 0 : packet.RECURSION_DESIRED);
  const edns: packet.OptAnswer = {
    type: "OPT",
    name: ".",
    udpPayloadSize: UDP_SIZE,
    extendedRcode: 0,
    ednsVersion: 0,
    flags: options.dnssec ? packet.DNSSEC_OK : 0,
    flag_do: options.dnssec === true,
    options: [],
  };
  return packet.encode({ type: "query", id, flags, questions: [{ name, type }], additionals: [edns] });
}

/** True for the answer to this very question; throws nothing, whatever the bytes are. */
function answers(message: Buffer, query: Buffer): boolean {
  if (message.length < 12 || message.readUInt16BE(0) !== query.readUInt16BE(0) || (message[2] ?? 0) < 0x80)
    return false;
  const end = query.indexOf(0, 12) + 5;
  const asked = query.toString("latin1", 12, end).toLowerCase();
  // A server that understood nothing may leave the question out.
  return message.readUInt16BE(4) === 0 || message.toString("latin1", 12, end).toLowerCase() === asked;
}

function decodeAnswer(message: Buffer): DnsAnswer {
  const decoded = packet.decode(message);
  const rcode = message.readUInt8(3) & 15;
  const answers = decoded.answers ?? [];
  const referral = answers.length === 0 && !decoded.flag_aa;
  const given = referral ? (decoded.authorities ?? []).filter(({ type }) => type === "NS") : answers;
  return {
    status: STATUS[rcode] ?? `RCODE${rcode}`,
    authoritative: decoded.flag_aa,
    authenticated: decoded.flag_ad,
    records: given.flatMap((record) =>
      record.type === "OPT"
        ? []
        : [{ name: plain(record.name), type: record.type, ttl: record.ttl ?? 0, data: presentation(record) }],
    ),
  };
}

function failureOf(error: unknown): DnsFailure {
  if (!(error instanceof TransportError)) return "garbled";
  if (error.code === "ETIMEDOUT") return "timeout";
  return /UNREACH|EADDRNOTAVAIL|EAFNOSUPPORT|EPERM|EACCES|EINVAL/.test(error.code) ? "unreachable" : "refused";
}

/**
 * Asks one server one question, by UDP and then, where the answer was cut, by TCP.
 *
 * @param server "192.0.2.1", "2001:db8::1", "192.0.2.1:5353" or "[2001:db8::1]:5353".
 * @param type "A", "MX", "TLSA", …
 * @throws DnsError when nothing intelligible came back; it names the server.
 */
export async function ask(server: string, name: string, type: string, options: AskOptions = {}): Promise<DnsAnswer> {
  const { timeout = 2000, tries = 2 } = options;
  const question = { name: plain(name), type: type.toUpperCase() };
  const to = endpoint(server);
  const wrong = (what: string, hint?: string) => new DnsError(server, question, "question", what, hint);
  if (to === undefined)
    throw wrong("that is not the address of a server", 'write "192.0.2.1", "2001:db8::1" or "[2001:db8::1]:53"');
  if (!isName(question.name)) throw wrong("that is not a domain name");
  const query = encodeQuery(randomInt(65536), question.name, question.type as packet.RecordType, options);
  // The library turns a type that it does not know into 0.
  if (query.readUInt16BE(query.indexOf(0, 12) + 1) === 0)
    throw wrong(
      "that is not a type of records",
      "A, AAAA, CAA, CNAME, DNSKEY, DS, MX, NS, PTR, SOA, SRV, TLSA, TXT, …",
    );
  for (let attempt = 1; ; attempt++) {
    try {
      let message = await overUdp(to, query, timeout, (received) => answers(received, query));
      const cut = (message.readUInt8(2) & 2) !== 0;
      if (cut) message = await overTcp(to, query, timeout);
      if (!answers(message, query)) throw new Error("what came back by TCP answers another question");
      return decodeAnswer(message);
    } catch (error) {
      const failure = failureOf(error);
      // Only silence may be chance.
      if (failure === "timeout" && attempt < tries) continue;
      const asked = attempt > 1 ? `, asked ${attempt} times` : "";
      throw new DnsError(server, question, failure, `${(error as Error).message}${asked}`);
    }
  }
}

/** Asks several servers the same at the same time. Never throws: each result is an answer or an error, in the order given. */
export async function askEach(
  servers: readonly string[],
  name: string,
  type: string,
  options: AskOptions = {},
): Promise<EachAnswer[]> {
  return inParallel(servers, AT_ONCE, async (server): Promise<EachAnswer> => {
    try {
      return { server, answer: await ask(server, name, type, options) };
    } catch (error) {
      if (error instanceof DnsError) return { server, error };
      throw error;
    }
  });
}

/** Does the work for every item, at most `limit` at a time; results in the order of the items. */
export async function inParallel<T, R>(
  items: readonly T[],
  limit: number,
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  const rest = items.entries();
  const worker = async () => {
    for (const [index, item] of rest) results[index] = await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
  return results;
}

/**
 * The name servers to which a zone is delegated, with their addresses (IPv4 first). A name without addresses has an empty list.
 *
 * @param options.resolver The resolver to ask. Default: `POSTFLEET_RESOLVER`, else the system's first.
 * @throws DnsError when the resolver does not answer, or knows of no name servers for the zone.
 */
export async function authoritativeServers(
  zone: string,
  options: { resolver?: string } = {},
): Promise<{ name: string; addresses: string[] }[]> {
  const resolver = options.resolver ?? defaultResolver();
  const found = await ask(resolver, zone, "NS");
  const names = found.records
    .filter(({ type, name }) => type === "NS" && name === plain(zone))
    .map(({ data }) => plain(data));
  if (names.length === 0)
    throw new DnsError(
      resolver,
      { name: plain(zone), type: "NS" },
      "question",
      `${found.status}, and no name servers`,
      "is the zone registered and delegated, and is it a zone of its own?",
    );
  return inParallel([...new Set(names)].sort(), AT_ONCE, async (name) => {
    const [v4, v6] = await Promise.all([ask(resolver, name, "A"), ask(resolver, name, "AAAA")]);
    const addresses = [...v4.records, ...v6.records].filter(({ type }) => type === "A" || type === "AAAA");
    return { name, addresses: addresses.map(({ data }) => data) };
  });
}
