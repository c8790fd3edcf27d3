/** A resolver on a loopback port that says of each answer whether it validated it; a question it knows nothing of fails. */
import { createSocket, type Socket } from "node:dgram";
import type { AddressInfo } from "node:net";
import * as packet from "dns-packet";

/** What it answers to a question "name TYPE". */
export interface Known {
  records: packet.Answer[];
  /** Validated by DNSSEC. */
  secure: boolean;
}

export class Resolver {
  /** What was asked, as "name TYPE". */
  asked: string[] = [];

  private constructor(
    private readonly socket: Socket,
    public known: Record<string, Known>,
  ) {}

  static async start(): Promise<Resolver> {
    const socket = createSocket("udp4");
    await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
    const resolver = new Resolver(socket, {});
    socket.on("message", (message, from) => socket.send(resolver.reply(message), from.port, from.address));
    return resolver;
  }

  get port(): number {
    return (this.socket.address() as AddressInfo).port;
  }

  stop(): void {
    this.socket.close();
  }

  private reply(message: Buffer): Buffer {
    const { id, flags = 0, questions = [] } = packet.decode(message);
    const [question] = questions;
    const asked = `${question?.name} ${question?.type}`;
    this.asked.push(asked);
    const found = this.known[asked];
    // Says so only to whom it concerns, RFC 6840 section 5.8.
    const secure = found?.secure && flags & packet.AUTHENTIC_DATA ? packet.AUTHENTIC_DATA : 0;
    return packet.encode({
      type: "response",
      id,
      flags: packet.RECURSION_DESIRED | packet.RECURSION_AVAILABLE | secure | (found ? 0 : 2),
      questions,
      answers: found?.records ?? [],
    });
  }
}

const MX_TTL = 60;

/** A domain's MX hosts, each with the address and TLSA records it has. */
export function zone(
  domain: string,
  hosts: Record<string, { secure?: boolean; tlsa?: number[] | "fails" }>,
  secure = true,
): Record<string, Known> {
  const known: Record<string, Known> = {
    [`${domain} MX`]: {
      secure,
      records: Object.keys(hosts).map((exchange) => ({
        name: domain,
        type: "MX",
        ttl: MX_TTL,
        data: { preference: 10, exchange },
      })),
    },
  };
  for (const [name, host] of Object.entries(hosts)) {
    const signed = host.secure ?? true;
    known[`${name} A`] = { secure: signed, records: [{ name, type: "A", ttl: MX_TTL, data: "192.0.2.1" }] };
    known[`${name} AAAA`] = { secure: signed, records: [] };
    if (host.tlsa === "fails") continue;
    const tlsa = `_25._tcp.${name}`;
    known[`${tlsa} TLSA`] = {
      secure: signed,
      records: (host.tlsa ?? []).map((usage) => ({
        name: tlsa,
        type: "TLSA",
        ttl: MX_TTL,
        data: { usage, selector: 1, matchingType: 1, certificate: Buffer.alloc(32, 7) },
      })),
    };
  }
  return known;
}
