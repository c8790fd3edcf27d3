/** Running a command line, here or over SSH, for the stand-in of the plugin `command`. */
import { spawn } from "node:child_process";
import { timingSafeEqual } from "node:crypto";
import type { Duplex } from "node:stream";
import { Client, type ConnectConfig, utils } from "ssh2";
import type { ValueMap } from "../../provider/values";

/** What a command wrote, and how it ended. */
export interface Outcome {
  status: number;
  stdout: string;
  stderr: string;
}

/** A command line with its surroundings. */
export interface Job {
  command: string;
  stdin: string;
  environment: Record<string, string>;
}

/** Runs it on this machine. */
export function runHere(job: Job, interpreter: string[], directory: string | undefined): Promise<Outcome> {
  const [program = "/bin/sh", ...args] = interpreter;
  return new Promise((resolve, reject) => {
    const child = spawn(program, [...args, job.command], {
      cwd: directory,
      env: { ...process.env, ...job.environment },
    });
    const outcome: Outcome = { status: 1, stdout: "", stderr: "" };
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      outcome.stdout += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      outcome.stderr += text;
    });
    // A program that ends without reading its input is judged by its exit status.
    child.stdin.on("error", () => {});
    child.stdin.end(job.stdin);
    child.on("error", reject);
    child.on("close", (status) => resolve({ ...outcome, status: status ?? 1 }));
  });
}

/** The host key of a server against the pinned line `ssh-ed25519 AAAA…`; without one any is taken, as the vendor does. */
function keyMatches(pinned: string | undefined, key: Buffer): boolean {
  if (!pinned) return true;
  const parsed = utils.parseKey(pinned);
  if (parsed instanceof Error) return false;
  const wanted = (Array.isArray(parsed) ? parsed[0] : parsed)?.getPublicSSH();
  return wanted !== undefined && wanted.length === key.length && timingSafeEqual(wanted, key);
}

const text = (value: unknown): string | undefined => (typeof value === "string" && value !== "" ? value : undefined);

function connect(connection: ValueMap, through?: Duplex): Promise<Client> {
  const host = String(connection.host);
  const settings: ConnectConfig = {
    host,
    port: Number(connection.port ?? 22),
    username: text(connection.user) ?? "root",
    readyTimeout: Number(connection.perDialTimeout ?? 15) * 1000,
    keepaliveInterval: 15_000,
    hostVerifier: (key: Buffer) => keyMatches(text(connection.hostKey), key),
    ...(through ? { sock: through } : {}),
    ...(text(connection.privateKey) ? { privateKey: text(connection.privateKey) } : {}),
    ...(text(connection.privateKeyPassword) ? { passphrase: text(connection.privateKeyPassword) } : {}),
    ...(text(connection.password) ? { password: text(connection.password) } : {}),
    ...(text(connection.agentSocketPath) ? { agent: text(connection.agentSocketPath) } : {}),
  };
  return new Promise((resolve, reject) => {
    const client = new Client();
    client.once("ready", () => resolve(client));
    client.once("error", (error) => {
      client.end();
      reject(new Error(`SSH to ${host} port ${settings.port}: ${error.message}`));
    });
    client.connect(settings);
  });
}

/** A host that has just booted may not answer yet: the vendor's `dialErrorLimit` tries, a second and more apart. */
async function connectPatiently(connection: ValueMap, through?: () => Promise<Duplex>): Promise<Client> {
  const limit = Number(connection.dialErrorLimit ?? 10);
  for (let attempt = 1; ; attempt++) {
    try {
      return await connect(connection, await through?.());
    } catch (error) {
      const refused =
        error instanceof Error && /verification failed|authentication methods failed/i.test(error.message);
      if (refused || (limit > 0 && attempt >= limit)) throw error;
      await new Promise((resolve) => setTimeout(resolve, Math.min(1000 * attempt, 5000)));
    }
  }
}

function execute(client: Client, job: Job): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    client.exec(job.command, { env: job.environment }, (error, channel) => {
      if (error) return reject(error);
      const outcome: Outcome = { status: 1, stdout: "", stderr: "" };
      channel.setEncoding("utf8").on("data", (data: string) => {
        outcome.stdout += data;
      });
      channel.stderr.setEncoding("utf8").on("data", (data: string) => {
        outcome.stderr += data;
      });
      channel.on("exit", (status: number | null) => {
        outcome.status = status ?? 1;
      });
      channel.on("close", () => resolve(outcome));
      channel.end(job.stdin);
    });
  });
}

/** Runs it on another host, through `connection.proxy` where there is one. */
export async function runThere(job: Job, connection: ValueMap): Promise<Outcome> {
  const clients: Client[] = [];
  try {
    const proxy = connection.proxy as ValueMap | undefined;
    let through: (() => Promise<Duplex>) | undefined;
    if (proxy) {
      const first = await connectPatiently(proxy);
      clients.push(first);
      const [host, port] = [String(connection.host), Number(connection.port ?? 22)];
      through = () =>
        new Promise((resolve, reject) => {
          first.forwardOut("127.0.0.1", 0, host, port, (error, stream) => (error ? reject(error) : resolve(stream)));
        });
    }
    const client = await connectPatiently(connection, through);
    clients.push(client);
    return await execute(client, job);
  } finally {
    for (const client of clients.reverse()) client.end();
  }
}
