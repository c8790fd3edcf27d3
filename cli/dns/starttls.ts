/** The key that an SMTP server shows after STARTTLS (RFC 3207): what senders with DANE compare TLSA records to. */
import { createHash, X509Certificate } from "node:crypto";
import type { Socket } from "node:net";
import type { ConnectionOptions, TLSSocket } from "node:tls";

/** Reads one reply of SMTP, RFC 5321 §4.2: lines that go on have "-" after the code. */
function reply(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    const stop = () => socket.off("data", data).off("error", reject).off("close", closed);
    const closed = () => reject(new Error("the server closed the connection"));
    const data = (chunk: Buffer) => {
      text += chunk.toString("latin1");
      const lines = text.split("\r\n").slice(0, -1);
      if (!lines.some((line) => /^\d{3}( |$)/.test(line))) return;
      stop();
      resolve(text.trim());
    };
    socket.on("data", data).once("error", reject).once("close", closed);
  });
}

async function command(socket: Socket, line: string | undefined, code: string): Promise<void> {
  if (line !== undefined) socket.write(`${line}\r\n`);
  const said = await reply(socket);
  if (!said.startsWith(code))
    throw new Error(`${line ?? "the greeting"} was answered with: ${said.split("\r\n").pop()}`);
}

/**
 * Hex SHA-256 of SubjectPublicKeyInfo. The chain is not verified: DANE-EE (3 1 1) compares the key and nothing else, RFC 7672 §3.1.1.
 *
 * @param host Name of the server, for SNI.
 */
export async function spkiOf(
  host: string,
  open: () => Socket,
  secure: (options: ConnectionOptions) => TLSSocket,
  timeout: number,
): Promise<string> {
  const socket = open();
  const timer = setTimeout(() => socket.destroy(new Error(`no answer within ${timeout / 1000} s`)), timeout);
  try {
    await command(socket, undefined, "220");
    await command(socket, "EHLO postfleet.invalid", "250");
    await command(socket, "STARTTLS", "220");
    const certificate = await new Promise<X509Certificate>((resolve, reject) => {
      const tls = secure({ socket, servername: host, rejectUnauthorized: false });
      tls.once("error", reject);
      tls.once("secureConnect", () => resolve(new X509Certificate(tls.getPeerCertificate().raw)));
    });
    const spki = certificate.publicKey.export({ type: "spki", format: "der" });
    return createHash("sha256").update(spki).digest("hex");
  } finally {
    clearTimeout(timer);
    socket.on("error", () => {}).destroy();
  }
}
