/** One DNS message there and one back, RFC 1035 §4.2: by UDP, and by TCP where the answer does not fit. */
import { createSocket } from "node:dgram";
import { Socket } from "node:net";
import type { Endpoint } from "./server";

/** A failure of the network below DNS; `code` is the operating system's, or ETIMEDOUT. */
export class TransportError extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

const failed = (error: NodeJS.ErrnoException) => new TransportError(error.code ?? "EIO", error.message);
const late = (way: string, timeout: number) =>
  new TransportError("ETIMEDOUT", `nothing by ${way} within ${timeout} ms`);

/**
 * Sends by UDP and gives the first message that `accept`s takes for the answer. The socket hears this server alone, and
 * what is not the answer is passed over, so that a forged or belated message neither counts nor ends the waiting (RFC 5452 §9.1).
 */
export function overUdp(
  to: Endpoint,
  query: Buffer,
  timeout: number,
  accepts: (message: Buffer) => boolean,
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket = createSocket(to.family === 6 ? "udp6" : "udp4");
    const finish = (result: () => void) => {
      clearTimeout(timer);
      socket.removeAllListeners().on("error", () => {});
      socket.close();
      result();
    };
    const timer = setTimeout(() => finish(() => reject(late("UDP", timeout))), timeout);
    socket.on("error", (error) => finish(() => reject(failed(error))));
    socket.on("message", (message) => {
      if (accepts(message)) finish(() => resolve(message));
    });
    socket.on("connect", () => {
      socket.send(query, (error) => {
        if (error) finish(() => reject(failed(error)));
      });
    });
    socket.connect(to.port, to.host);
  });
}

/** Sends by TCP, where each message follows its length in two octets, and gives the first message that comes back. */
export function overTcp(to: Endpoint, query: Buffer, timeout: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket = new Socket();
    let received = Buffer.alloc(0);
    const finish = (result: () => void) => {
      clearTimeout(timer);
      socket.removeAllListeners().on("error", () => {});
      socket.destroy();
      result();
    };
    const timer = setTimeout(() => finish(() => reject(late("TCP", timeout))), timeout);
    socket.on("error", (error) => finish(() => reject(failed(error))));
    socket.on("close", () =>
      finish(() => reject(new TransportError("ECONNRESET", "the server closed the connection"))),
    );
    socket.on("data", (chunk) => {
      received = Buffer.concat([received, chunk]);
      if (received.length < 2 || received.length < 2 + received.readUInt16BE(0)) return;
      finish(() => resolve(received.subarray(2, 2 + received.readUInt16BE(0))));
    });
    socket.connect({ port: to.port, host: to.host, family: to.family }, () => {
      const length = Buffer.alloc(2);
      length.writeUInt16BE(query.length);
      socket.write(Buffer.concat([length, query]));
    });
  });
}
