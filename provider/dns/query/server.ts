/** Which servers are asked: how they are written, which one is the default, and what may go wrong with them. */
import { getServers } from "node:dns";
import { isIP } from "node:net";

/** Why there is no answer. `unreachable`: this machine has no way there (no IPv6, a filter); `garbled`: not a DNS message. */
export type DnsFailure = "timeout" | "unreachable" | "refused" | "garbled" | "question";

const HINTS: Record<DnsFailure, string> = {
  timeout: "is the name server up, and do filters between here and there let UDP and TCP port 53 through?",
  unreachable: "this machine has no way to that address; without IPv6 here only IPv4 servers can be asked",
  refused: "no name server listens there: is the address right, and its name server running?",
  garbled: "is it a name server at all?",
  question: "a name is at most 253 characters, each of its labels 1 to 63; other alphabets in their xn-- form",
};

/** No answer to a question. The message names the server; an answer such as NXDOMAIN or SERVFAIL is not an error. */
export class DnsError extends Error {
  readonly hint: string;

  constructor(
    /** The server as the caller wrote it. */
    readonly server: string,
    readonly question: { name: string; type: string },
    readonly failure: DnsFailure,
    details: string,
    hint: string = HINTS[failure],
  ) {
    super(`${server}: no answer to ${question.name} ${question.type}: ${details}`);
    this.name = "DnsError";
    this.hint = hint;
  }
}

/** Where a server is. */
export interface Endpoint {
  /** IP address, or a name that the operating system resolves ("localhost"). */
  host: string;
  port: number;
  family: 4 | 6;
}

/** Reads "192.0.2.1", "192.0.2.1:5353", "2001:db8::1", "[2001:db8::1]:5353" or "name:5353"; undefined if it is none of them. */
export function endpoint(server: string): Endpoint | undefined {
  if (isIP(server) !== 0) return { host: server, port: 53, family: isIP(server) as 4 | 6 };
  const [, host6, host4, digits] = /^(?:\[([^\]]+)\]|([^:[\]\s]+))(?::(\d{1,5}))?$/.exec(server) ?? [];
  const port = digits === undefined ? 53 : Number(digits);
  if (port < 1 || port > 65535) return undefined;
  if (host6 !== undefined) return isIP(host6) === 6 ? { host: host6, port, family: 6 } : undefined;
  return host4 === undefined ? undefined : { host: host4, port, family: 4 };
}

/** The resolver to ask: `POSTFLEET_RESOLVER`, where the site's world is not the machine's own (the lab), else the system's first. */
export function defaultResolver(): string {
  return process.env.POSTFLEET_RESOLVER || (getServers()[0] ?? "127.0.0.1");
}
