/** One SSH connection to a host: pinned host key, jump hosts, one time limit for all of it. */
import { readFile } from "node:fs/promises";
import { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { type Algorithms, Client, type ConnectConfig, type ServerHostKeyAlgorithm } from "ssh2";
import type { HostConnection } from "../manifest";
import { AuthenticationFailed, HostError, HostKeyMismatch, HostUnreachable, whereabouts } from "./errors";
import { ANY_ALGORITHM, algorithmsFor, fingerprint, type HostKey, parseHostKey } from "./host-keys";

/** The operator's key: given, in a file, or in an ssh-agent. */
export interface SshIdentity {
  /** Private key, OpenSSH or PEM, without passphrase. */
  privateKey?: string;
  privateKeyFile?: string;
  /** Path of an ssh-agent's socket, e.g. $SSH_AUTH_SOCK. */
  agentSocket?: string;
}

/** Time for the whole way to a host: name, TCP, key exchange, authentication, jump hosts included. */
export const CONNECT_SECONDS = 10;
/** A connection that is silent is asked every few seconds, and given up after some unanswered questions. */
const KEEPALIVE = { keepaliveInterval: 5000, keepaliveCountMax: 3 };
const lostHint = (host: HostConnection) =>
  `check that the host runs, that sshd listens there and that no firewall is in the way; if it is gone for good set hosts.${host.name}.lost: true`;

/**
 * What is offered beside host keys, best first: Curve25519 before groups over integers before NIST's curves, encryption that
 * authenticates itself, MACs over SHA-2. All of it is there in Debian 13's sshd; nothing with SHA-1 or CBC is.
 */
export const ALGORITHMS: Required<Omit<Algorithms, "serverHostKey">> = {
  kex: [
    "curve25519-sha256",
    "curve25519-sha256@libssh.org",
    "diffie-hellman-group16-sha512",
    "diffie-hellman-group18-sha512",
    "diffie-hellman-group14-sha256",
    "ecdh-sha2-nistp521",
    "ecdh-sha2-nistp384",
    "ecdh-sha2-nistp256",
  ],
  cipher: [
    "aes256-gcm@openssh.com",
    "aes128-gcm@openssh.com",
    "chacha20-poly1305@openssh.com",
    "aes256-ctr",
    "aes128-ctr",
  ],
  hmac: ["hmac-sha2-512-etm@openssh.com", "hmac-sha2-256-etm@openssh.com", "hmac-sha2-512", "hmac-sha2-256"],
  compress: ["none"],
};

/** Gives an open connection to a jump host, shared by all that go through it. */
export type ConnectJump = (jump: HostConnection, deadline: number) => Promise<Client>;

/** Connects, or throws one of the typed errors before `deadline` (milliseconds since 1970). */
export async function connect(
  host: HostConnection,
  identity: SshIdentity,
  connectJump: ConnectJump,
  deadline = Date.now() + CONNECT_SECONDS * 1000,
): Promise<Client> {
  if (host.lost) throw new HostUnreachable(host.name, "the host is declared lost and is not contacted", lostHint(host));
  const keys = pinnedKeys(host);
  const credentials = await readIdentity(host, identity);
  const jump = host.jump && (await connectJump(host.jump, deadline));
  const attempt = { host, credentials, deadline };
  try {
    return await handshake(attempt, keys, algorithmsFor(keys), jump);
  } catch (error) {
    if (error instanceof NoCommonHostKey) throw mismatch(host, keys, await shownKey(attempt, jump));
    throw error;
  }
}

/**
 * Calls back once when the connection ended, in whatever way. "close" alone does not suffice: a connection through a jump
 * host hears only "end" when the far host goes away.
 */
export function whenGone(client: Client, callback: () => void): void {
  let told = false;
  const tell = () => {
    if (!told) callback();
    told = true;
  };
  client.on("end", tell).on("close", tell).on("error", tell);
}

interface Attempt {
  host: HostConnection;
  credentials: Pick<ConnectConfig, "privateKey" | "agent">;
  deadline: number;
}

class NoCommonHostKey extends Error {}

function pinnedKeys(host: HostConnection): HostKey[] {
  const hint = `put the lines of /etc/ssh/ssh_host_*_key.pub of the host into hosts.${host.name}.hostKeys or the known-hosts file`;
  if (host.hostKeys.length === 0)
    throw new HostKeyMismatch(host.name, "no host key is pinned, so the host is not trusted", hint, [], undefined);
  try {
    return host.hostKeys.map(parseHostKey);
  } catch (error) {
    throw new HostKeyMismatch(host.name, (error as Error).message, hint, [], undefined);
  }
}

async function readIdentity(host: HostConnection, identity: SshIdentity): Promise<Attempt["credentials"]> {
  if (identity.privateKey) return { privateKey: identity.privateKey };
  if (identity.privateKeyFile) {
    try {
      return { privateKey: await readFile(identity.privateKeyFile) };
    } catch (error) {
      throw new AuthenticationFailed(
        host.name,
        `the private key file ${identity.privateKeyFile} cannot be read (${(error as NodeJS.ErrnoException).code})`,
        "name a readable file, or use an ssh-agent",
      );
    }
  }
  if (identity.agentSocket) return { agent: identity.agentSocket };
  throw new AuthenticationFailed(
    host.name,
    "no private key was given",
    "name the operator's key in POSTFLEET_SSH_KEY_FILE, or let SSH_AUTH_SOCK point to an ssh-agent that has it",
  );
}

/** One SSH handshake over TCP, or over a channel of the jump host. */
async function handshake(
  attempt: Attempt,
  keys: HostKey[],
  serverHostKey: ServerHostKeyAlgorithm[],
  jump: Client | undefined,
): Promise<Client> {
  const { host, deadline } = attempt;
  const client = new Client();
  let stage = jump ? "forwarding through the jump host" : "TCP connect";
  let shown: Buffer | undefined;
  let timer: NodeJS.Timeout | undefined;
  let stream: Duplex | undefined;
  try {
    const limit = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error("no answer in time")), Math.max(deadline - Date.now(), 100));
    });
    stream = await Promise.race([open(host, jump), limit]);
    stage = "SSH handshake";
    const wire = stream;
    const ready = new Promise<void>((resolve, reject) => {
      client.once("ready", resolve);
      client.once("error", reject);
      client.once("close", () => reject(new Error("the server closed the connection")));
      client.once("handshake", () => {
        stage = "authentication";
      });
      client.connect({
        ...attempt.credentials,
        ...KEEPALIVE,
        sock: wire as ConnectConfig["sock"],
        username: host.user,
        readyTimeout: 0,
        algorithms: { ...ALGORITHMS, serverHostKey },
        hostVerifier: (blob: Buffer) => {
          shown = blob;
          return keys.some((key) => key.blob.equals(blob));
        },
      });
    });
    await Promise.race([ready, limit]);
    whenGone(client, () => client.destroy());
    return client;
  } catch (error) {
    client.on("error", () => {});
    client.destroy();
    stream?.on("error", () => {});
    stream?.destroy();
    throw explain(attempt.host, error as Error & { level?: string }, stage, keys, shown);
  } finally {
    clearTimeout(timer);
  }
}

function open(host: HostConnection, jump: Client | undefined): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    if (jump) {
      jump.forwardOut("127.0.0.1", 0, host.address, host.port, (error, channel) =>
        error ? reject(error) : resolve(channel),
      );
      return;
    }
    const socket = new Socket();
    socket.once("error", reject);
    socket.connect(host.port, host.address, () => {
      socket.setNoDelay(true);
      socket.off("error", reject);
      resolve(socket);
    });
  });
}

function explain(
  host: HostConnection,
  error: Error & { level?: string },
  stage: string,
  keys: HostKey[],
  shown: Buffer | undefined,
): Error {
  if (error instanceof HostError) return error;
  if (shown && !keys.some((key) => key.blob.equals(shown))) return mismatch(host, keys, shown);
  if (/no matching host key format/i.test(error.message)) return new NoCommonHostKey();
  if (error.level === "client-authentication" || /privateKey|passphrase|agent/i.test(error.message)) {
    return new AuthenticationFailed(
      host.name,
      `user ${host.user} at ${whereabouts(host)}: ${error.message}`,
      `put the operator's public key into ~${host.user}/.ssh/authorized_keys of the host; a key with a passphrase must come from an ssh-agent`,
    );
  }
  return new HostUnreachable(
    host.name,
    `no SSH connection to ${whereabouts(host)} within ${CONNECT_SECONDS} s: ${stage}: ${error.message}`,
    lostHint(host),
  );
}

function mismatch(host: HostConnection, keys: HostKey[], shown: Buffer | undefined): HostKeyMismatch {
  const expected = keys.map((key) => fingerprint(key.blob));
  const shows = shown ? fingerprint(shown) : "no key of a known type";
  return new HostKeyMismatch(
    host.name,
    `${whereabouts(host)} shows another host key than the pinned one, so it was not spoken to\n  expected: ${expected.join(", ")}\n  shown:    ${shows}`,
    `if the host was reinstalled, compare the fingerprint on its console (ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub) and pin the new key; if not, somebody stands between`,
    expected,
    shown && fingerprint(shown),
  );
}

/** The key of a server that has none of a pinned type; the connection ends before anything is sent. */
async function shownKey(attempt: Attempt, jump: Client | undefined): Promise<Buffer | undefined> {
  let shown: Buffer | undefined;
  const catcher: HostKey = { type: "", blob: Buffer.alloc(0) };
  catcher.blob.equals = (other: Uint8Array) => {
    shown = Buffer.from(other);
    return false;
  };
  await handshake(attempt, [catcher], ANY_ALGORITHM, jump).catch(() => {});
  return shown;
}
