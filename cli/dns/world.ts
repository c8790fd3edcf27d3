/** The world that is asked: resolvers, name servers, web servers, MX hosts. Tests put a world of their own here. */
import { get } from "node:https";
import { connect as connectTcp } from "node:net";
import { connect as connectTls } from "node:tls";
import { ask, authoritativeServers, type DnsAnswer, DnsError } from "../../provider/dns/query";
import { spkiOf } from "./starttls";

/** What a web server gave for a policy. */
export interface WebAnswer {
  status: number;
  contentType: string;
  text: string;
}

export interface World {
  /** Resolvers to compare; those of the site's world, in the order in which they are asked for other things. */
  resolvers: readonly string[];
  ask(server: string, name: string, type: string, options?: { dnssec?: boolean }): Promise<DnsAnswer>;
  nameServers(zone: string, resolver: string): Promise<{ name: string; addresses: string[] }[]>;
  /** Gets https://host/path from that address; the certificate must be the host's. Redirects are not followed. */
  get(host: string, address: string, path: string): Promise<WebAnswer>;
  /** SHA-256 (hex) of the public key that an SMTP server shows after STARTTLS. */
  smtpKey(host: string, address: string): Promise<string>;
}

/** Things that are examined at the same time; each is asked of all servers at once. */
export const AT_ONCE = 12;

/** Milliseconds; postscreen makes strangers wait for its greeting. */
const PATIENCE = { web: 10_000, smtp: 20_000 };
/** A policy is some lines; more than this is none, RFC 8461 §3.3. */
const MOST_BYTES = 64 * 1024;

function getOverHttps(host: string, address: string, path: string, ca: string[] | undefined): Promise<WebAnswer> {
  return new Promise((resolve, reject) => {
    const request = get(
      { host: address, servername: host, path, headers: { host }, timeout: PATIENCE.web, ...(ca ? { ca } : {}) },
      (response) => {
        let text = "";
        response.setEncoding("utf8").on("data", (chunk: string) => {
          text += chunk;
          if (text.length > MOST_BYTES) request.destroy(new Error(`more than ${MOST_BYTES} bytes`));
        });
        response.on("error", reject);
        response.on("end", () =>
          resolve({ status: response.statusCode ?? 0, contentType: response.headers["content-type"] ?? "", text }),
        );
      },
    );
    request.on("timeout", () => request.destroy(new Error(`no answer within ${PATIENCE.web / 1000} s`)));
    request.on("error", reject);
  });
}

/**
 * The real world.
 *
 * @param ca Certificates (PEM) that web servers' certificates come from, in a world with a CA of its own. Default: the system's.
 */
export function realWorld(resolvers: readonly string[], ca?: string[]): World {
  return {
    resolvers,
    ask,
    nameServers: (zone, resolver) => authoritativeServers(zone, { resolver }),
    get: (host, address, path) => getOverHttps(host, address, path, ca),
    smtpKey: (host, address) =>
      spkiOf(
        host,
        () => connectTcp(25, address),
        (options) => connectTls(options),
        PATIENCE.smtp,
      ),
  };
}

/** Asks the resolvers one after the other until one knows; the same question is asked once only. */
export class Resolving {
  private readonly known = new Map<string, Promise<DnsAnswer>>();

  constructor(private readonly world: World) {}

  /** @throws DnsError when no resolver gives an answer; SERVFAIL and REFUSED are none. */
  resolve(name: string, type: string): Promise<DnsAnswer> {
    const key = `${name.toLowerCase()} ${type}`;
    const known = this.known.get(key) ?? this.first(name, type);
    this.known.set(key, known);
    return known;
  }

  /** RDATA of one type; nothing where the name does not exist. */
  async values(name: string, type: string): Promise<string[]> {
    const { records } = await this.resolve(name, type);
    return records.filter((record) => record.type === type).map(({ data }) => data);
  }

  /** All addresses of a name, IPv4 first. */
  async addresses(name: string): Promise<string[]> {
    const both = await Promise.all([this.values(name, "A"), this.values(name, "AAAA")]);
    return both.flat();
  }

  private async first(name: string, type: string): Promise<DnsAnswer> {
    let problem = new DnsError("resolver", { name, type }, "question", "there is no resolver to ask");
    for (const server of this.world.resolvers) {
      try {
        const answer = await this.world.ask(server, name, type);
        if (answer.status === "NOERROR" || answer.status === "NXDOMAIN") return answer;
        problem = new DnsError(server, { name, type }, "refused", answer.status, "try another resolver (--resolver)");
      } catch (error) {
        if (!(error instanceof DnsError)) throw error;
        problem = error;
      }
    }
    throw problem;
  }
}
