/** Mail as people see it: other projects' clients (imapflow, nodemailer, swaks) against the site and the foreign provider. */
import { ImapFlow } from "imapflow";
import { createTransport, type SendMailOptions } from "nodemailer";
import { acmeRoot, eventually, lab, type Outcome, ok, on, passwords } from "./lab";

/** Host names that clients use, from the site's DNS. */
const SITE = { imap: "imap.example.org", smtp: "smtp.example.org", address: "10.66.0.11" };
const FOREIGN = { domain: "foreign.example", name: "mx.foreign.example" };

async function foreignAddress(): Promise<string> {
  return (await lab()).hosts.find(({ name }) => name === "foreign1")?.ipv4 ?? "";
}

async function passwordOf(address: string): Promise<string> {
  if (!address.endsWith(FOREIGN.domain)) return (await passwords())[address] ?? "";
  return (await lab()).probeAccounts.find((account) => account.address === address)?.password ?? "";
}

/** An IMAP session of one account; the server's certificate is verified at the site, not at the foreign provider. */
export async function imap<T>(address: string, use: (client: ImapFlow) => Promise<T>): Promise<T> {
  const foreign = address.endsWith(FOREIGN.domain);
  const client = new ImapFlow({
    host: foreign ? await foreignAddress() : SITE.address,
    port: 993,
    secure: true,
    servername: foreign ? FOREIGN.name : SITE.imap,
    tls: foreign ? { rejectUnauthorized: false } : { ca: await acmeRoot() },
    auth: { user: address, pass: await passwordOf(address) },
    logger: false,
  });
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.logout();
  }
}

/** The message with `marker` in its subject, as its source text; undefined when it is not in the folder. */
export async function find(address: string, marker: string, folder = "INBOX"): Promise<string | undefined> {
  return imap(address, async (client) => {
    const lock = await client.getMailboxLock(folder);
    try {
      const found = await client.search({ header: { subject: marker } }, { uid: true });
      const uid = found ? found.at(-1) : undefined;
      if (uid === undefined) return undefined;
      const message = await client.fetchOne(String(uid), { source: true }, { uid: true });
      return message ? message.source?.toString("utf8") : undefined;
    } finally {
      lock.release();
    }
  });
}

/** How many messages with `marker` in their subject are in a folder. */
export async function count(address: string, marker: string, folder = "INBOX"): Promise<number> {
  return imap(address, async (client) => {
    const lock = await client.getMailboxLock(folder);
    try {
      return ((await client.search({ header: { subject: marker } })) || []).length;
    } finally {
      lock.release();
    }
  });
}

/** Waits until no queue holds a message any more: whatever was accepted, and every answer to it, has arrived. */
export async function allDelivered(): Promise<void> {
  const queues = { mail1: ["mx", "submission", "relay"].map((role) => `-c /etc/postfix-${role}`), foreign1: [""] };
  await eventually("the queues are empty", 60, async () => {
    for (const [host, instances] of Object.entries(queues)) {
      const script = instances.map((instance) => `postqueue ${instance} -j`).join("; ");
      if ((await ok(host, script)) !== "") return undefined;
    }
    return true;
  });
}

/** Waits for the message with `marker` in its subject. */
export async function received(address: string, marker: string, folder = "INBOX", seconds = 60): Promise<string> {
  return eventually(`${address} has "${marker}" in ${folder}`, seconds, () => find(address, marker, folder));
}

/** A message to send. */
export interface Letter {
  from: string;
  to: string | string[];
  subject: string;
  text?: string;
  headers?: Record<string, string>;
}

/** Sends as an account, through its provider's submission service (465). */
export function submit(letter: Letter, login = letter.from): Promise<string> {
  return hand(login, { text: "Bonjour.", ...letter, envelope: { from: letter.from, to: letter.to } });
}

/** Sends a message as it stands, as the account. */
export const submitRaw = (from: string, to: string, raw: string): Promise<string> =>
  hand(from, { raw: raw.replace(/\n/g, "\r\n"), envelope: { from, to } });

async function hand(login: string, message: SendMailOptions): Promise<string> {
  const foreign = login.endsWith(FOREIGN.domain);
  const transport = createTransport({
    host: foreign ? await foreignAddress() : SITE.address,
    port: 465,
    secure: true,
    auth: { user: login, pass: await passwordOf(login) },
    tls: foreign ? { rejectUnauthorized: false } : { servername: SITE.smtp, ca: await acmeRoot() },
  });
  try {
    return (await transport.sendMail(message)).response;
  } finally {
    transport.close();
  }
}

/** swaks on the foreign provider's host: raw SMTP to the site from an address of its own. */
export async function swaks(args: string, input?: string): Promise<Outcome> {
  return on("foreign1", `swaks --timeout 60 ${args}`, { input, timeout: 120 });
}

/** Value(s) of a header of a message, unfolded. */
export function header(source: string, name: string): string[] {
  const head = source.split(/\r?\n\r?\n/, 1)[0] ?? "";
  return head
    .replace(/\r?\n[ \t]+/g, " ")
    .split(/\r?\n/)
    .filter((line) => line.toLowerCase().startsWith(`${name.toLowerCase()}:`))
    .map((line) => line.slice(name.length + 1).trim());
}

let counter = 0;

/** A subject that no other message has. */
export function marker(story: string): string {
  counter += 1;
  return `${story} ${process.pid}-${Date.now().toString(36)}-${counter}`;
}
