/** A real name server on a loopback port, by UDP and TCP, whose records and misbehaviour a test decides. */
import { createSocket, type Socket } from "node:dgram";
import { type AddressInfo, createServer, type Server } from "node:net";
import * as packet from "dns-packet";
import { listening } from "../../../support/loopback";

export type Records = packet.Answer[];

/** What a server does beside serving its records. */
export interface Behaviour {
  /** Answers only as many bytes by UDP; the rest by TCP. Default 512. */
  udpSize?: number;
  /** Says nothing to the first n questions by UDP. */
  silentFor?: number;
  /** Sends this many answers with a wrong id, and with the wrong data, before the right one. */
  forged?: number;
  /** Answers to another question only. */
  confused?: boolean;
  /** Status of every answer. */
  rcode?: number;
  /** Says that it has validated. */
  authenticated?: boolean;
  /** It knows only who serves the names. */
  refers?: boolean;
  /** Sends bytes that are no DNS message. */
  garbage?: boolean;
}

export class NameServer {
  /** What was asked, as "udp example.org MX". */
  readonly asked: string[] = [];
  /** "127.0.0.1:port" */
  readonly address: string;

  private constructor(
    private readonly udp: Socket,
    private readonly tcp: Server,
    public records: Records,
    public behaviour: Behaviour,
  ) {
    this.address = `127.0.0.1:${(tcp.address() as AddressInfo).port}`;
  }

  static async start(records: Records = [], behaviour: Behaviour = {}): Promise<NameServer> {
    const tcp = createServer();
    const port = await listening(tcp);
    const udp = createSocket("udp4");
    await new Promise<void>((resolve) => udp.bind(port, "127.0.0.1", resolve));
    const server = new NameServer(udp, tcp, records, behaviour);
    udp.on("message", (message, from) => {
      for (const reply of server.udpReplies(message)) udp.send(reply, from.port, from.address);
    });
    tcp.on("connection", (socket) => {
      socket.on("error", () => {});
      socket.once("data", (data) => {
        const reply = server.reply(data.subarray(2), "tcp");
        const length = Buffer.alloc(2);
        length.writeUInt16BE(reply.length);
        // In two pieces, as a network may deliver them.
        socket.write(Buffer.concat([length, reply.subarray(0, 5)]));
        setTimeout(() => socket.write(reply.subarray(5)), 5);
      });
    });
    return server;
  }

  async stop(): Promise<void> {
    await new Promise<void>((resolve) => this.udp.close(() => resolve()));
    await new Promise<void>((resolve) => this.tcp.close(() => resolve()));
  }

  private udpReplies(message: Buffer): Buffer[] {
    const { udpSize = 512, forged = 0, garbage } = this.behaviour;
    const reply = this.reply(message, "udp");
    if (this.behaviour.silentFor) {
      this.behaviour.silentFor--;
      return [];
    }
    if (garbage) {
      reply.fill(255, 12);
      reply.writeUInt16BE(0, 4);
      return [reply];
    }
    const lies = Array.from({ length: forged }, () => {
      const lie = Buffer.from(reply);
      lie.writeUInt16BE((reply.readUInt16BE(0) + 1) & 0xffff, 0);
      lie.writeUInt8(0x80 | 5, 3);
      return lie;
    });
    if (reply.length <= udpSize) return [...lies, reply];
    const cut = Buffer.from(reply.subarray(0, udpSize));
    cut.writeUInt8(cut.readUInt8(2) | 2, 2);
    return [...lies, cut];
  }

  private reply(message: Buffer, way: "udp" | "tcp"): Buffer {
    const { id, questions = [], additionals = [] } = packet.decode(message);
    const question = questions[0] as packet.Question;
    this.asked.push(`${way} ${question.name} ${question.type}`);
    const signatures = additionals.some((record) => record.type === "OPT" && record.flag_do);
    const named = this.records.filter((record) => record.name === question.name.toLowerCase());
    const alias = named.find((record) => record.type === "CNAME");
    const target = alias?.type === "CNAME" ? alias.data : undefined;
    const chain = this.records.filter(({ name, type }) => name === target && type === question.type);
    const answers = named.filter(
      (record) =>
        record.type === question.type ||
        record.type === "CNAME" ||
        (record.type === "RRSIG" && signatures && record.data.typeCovered === question.type),
    );
    const flags =
      packet.AUTHORITATIVE_ANSWER |
      (this.behaviour.authenticated ? packet.AUTHENTIC_DATA : 0) |
      (this.behaviour.rcode ?? (named.length === 0 ? 3 : 0));
    if (this.behaviour.refers)
      return packet.encode({ type: "response", id, flags: 0, questions: [question], authorities: answers });
    const asked = this.behaviour.confused ? { ...question, name: "other.example" } : question;
    return packet.encode({ type: "response", id, flags, questions: [asked], answers: [...answers, ...chain] });
  }
}
