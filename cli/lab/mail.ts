/** Sending and reading mail as a person's mail program does: submission and IMAP over TLS, certificates verified. */

import { Resolver } from "node:dns/promises";
import { connect } from "node:tls";
import type { FetchMessageObject } from "imapflow";
import { UserError } from "../../system/errors";
import type { Network } from "../surroundings/types";

/** A server by its name, which its certificate must carry. */
export interface Server {
  host: string;
  port: number;
}

/** A mailbox and where it is served. */
export interface Account {
  address: string;
  password: string;
  /** IMAP over TLS, RFC 8314. */
  imap: Server;
  /** Submission: TLS from the start on 465, STARTTLS required elsewhere. */
  submission: Server;
}

/** A mail to send. */
export interface Letter {
  to: string;
  subject: string;
  text: string;
  /** Message-ID of the mail that this one answers. */
  inReplyTo?: string;
}

/** A mail that was read. */
export interface Received {
  messageId: string;
  subject: string;
  text: string;
  /** Authentication-Results, RFC 8601, unfolded. */
  authentication: string[];
}

async function addressOf(name: string, network: Network): Promise<string> {
  const resolver = new Resolver({ timeout: 3000, tries: 3 });
  resolver.setServers([network.resolver]);
  try {
    const [address] = await resolver.resolve4(name);
    if (address) return address;
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error);
    throw new UserError(`${name} does not resolve: ${words}`, "postfleet lab status tells what is not up");
  }
  throw new UserError(`${name} has no IPv4 address`);
}

/** Why a server's certificate is not to be trusted yet, in OpenSSL's words; undefined when it is. */
export async function certificateFault(server: Server, network: Network): Promise<string | undefined> {
  const host = await addressOf(server.host, network);
  return new Promise((resolve) => {
    const socket = connect(
      { host, port: server.port, servername: server.host, ca: network.ca, timeout: 10_000 },
      () => {
        socket.end();
        resolve(undefined);
      },
    );
    socket.on("timeout", () => socket.destroy(new Error("no answer within 10 s")));
    socket.on("error", (error) => resolve(error.message));
  });
}

/** Sends a mail through the account's submission server; returns the server's words. */
export async function send(from: Account, letter: Letter, network: Network): Promise<{ id: string; answer: string }> {
  const { createTransport } = await import("nodemailer");
  const { host: name, port } = from.submission;
  const address = await addressOf(name, network);
  const transport = createTransport({
    host: address,
    port,
    secure: port === 465,
    requireTLS: true,
    name: "laptop.invalid",
    auth: { user: from.address, pass: from.password },
    tls: { servername: name, ca: network.ca, minVersion: "TLSv1.2" },
  });
  try {
    const sent = await transport.sendMail({ from: from.address, ...letter });
    return { id: sent.messageId, answer: sent.response };
  } finally {
    transport.close();
  }
}

/** Header fields of one name, unfolded (RFC 5322 §2.2.3). */
export function headerFields(headers: string, name: string): string[] {
  const unfolded = headers.replace(/\r?\n(?=[ \t])/g, "");
  const prefix = `${name.toLowerCase()}:`;
  return unfolded
    .split(/\r?\n/)
    .filter((line) => line.toLowerCase().startsWith(prefix))
    .map((line) => line.slice(prefix.length).replace(/\s+/g, " ").trim());
}

function received(message: FetchMessageObject): Received {
  return {
    messageId: message.envelope?.messageId ?? "",
    subject: message.envelope?.subject ?? "",
    text: message.bodyParts?.get("1")?.toString("utf8").trim() ?? "",
    authentication: headerFields(message.headers?.toString("utf8") ?? "", "Authentication-Results"),
  };
}

/** What ends a session and says nothing about the mailbox: the server was restarted, as with an update of Dovecot. */
function lostConnection(error: unknown): boolean {
  return ["NoConnection", "EConnectionClosed", "StateLogout", "ECONNRESET", "ECONNREFUSED", "EPIPE"].includes(
    String((error as { code?: unknown }).code),
  );
}

/** Waits until a mail of that subject is in the account's INBOX, and reads it. Undefined when the time is over. */
export async function waitFor(
  account: Account,
  subject: string,
  network: Network,
  seconds: number,
): Promise<Received | undefined> {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    try {
      return await lookUntil(end, account, subject, network);
    } catch (error) {
      if (!lostConnection(error) || Date.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
  }
}

/** The same in one session. */
async function lookUntil(
  end: number,
  account: Account,
  subject: string,
  network: Network,
): Promise<Received | undefined> {
  const { ImapFlow } = await import("imapflow");
  const { host: name, port } = account.imap;
  const address = await addressOf(name, network);
  const client = new ImapFlow({
    host: address,
    port,
    secure: true,
    servername: name,
    tls: { servername: name, ca: network.ca, minVersion: "TLSv1.2" },
    auth: { user: account.address, pass: account.password },
    logger: false,
  });
  // The command under way fails with the same error.
  client.on("error", () => {});
  await client.connect();
  try {
    await client.mailboxOpen("INBOX");
    while (Date.now() < end) {
      const [uid] = (await client.search({ subject }, { uid: true })) || [];
      if (uid !== undefined) {
        const query = { envelope: true, headers: ["authentication-results"], bodyParts: ["1"] };
        const message = await client.fetchOne(String(uid), query, { uid: true });
        if (message) return received(message);
      }
      await new Promise((resolve) => setTimeout(resolve, 1000));
      // NOOP makes the server tell of new mail.
      await client.noop();
    }
    return undefined;
  } finally {
    await client.logout().catch(() => client.close());
  }
}
