/** Pinned host keys: reading them, comparing them, and asking the server for a key of a pinned type only. */
import { createHash } from "node:crypto";
import type { ServerHostKeyAlgorithm } from "ssh2";

/** A public host key: its type, and its wire form (RFC 4253 §6.6). */
export interface HostKey {
  type: string;
  blob: Buffer;
}

/** Signature algorithms to offer for a key type, best first (RFC 8332 for RSA: never with SHA-1). */
const ALGORITHMS: Record<string, ServerHostKeyAlgorithm[]> = {
  "ssh-ed25519": ["ssh-ed25519"],
  "ecdsa-sha2-nistp256": ["ecdsa-sha2-nistp256"],
  "ecdsa-sha2-nistp384": ["ecdsa-sha2-nistp384"],
  "ecdsa-sha2-nistp521": ["ecdsa-sha2-nistp521"],
  "ssh-rsa": ["rsa-sha2-512", "rsa-sha2-256"],
};

/** Reads `ssh-ed25519 AAAA… [comment]`. Throws with what was given and what is allowed. */
export function parseHostKey(line: string): HostKey {
  const [type = "", base64 = ""] = line.trim().split(/\s+/);
  const allowed = Object.keys(ALGORITHMS).join(", ");
  if (!Object.hasOwn(ALGORITHMS, type))
    throw new Error(`host key of type ${JSON.stringify(type)}; allowed are ${allowed}`);
  // Node.js passes over what is no base64.
  const blob = Buffer.from(/^[A-Za-z0-9+/]+={0,2}$/.test(base64) ? base64 : "", "base64");
  if (typeOf(blob) !== type)
    throw new Error(`host key ${JSON.stringify(line.slice(0, 60))} does not hold a key of type ${type}`);
  return { type, blob };
}

/** The type that a key in wire form names itself. */
export function typeOf(blob: Buffer): string {
  const length = blob.length >= 4 ? blob.readUInt32BE(0) : 0;
  return blob.subarray(4, 4 + length).toString("latin1");
}

/** The line of a key that a host shows; undefined where it is none of a type that is known: anybody may answer. */
export function lineOf(blob: Buffer): string | undefined {
  const type = typeOf(blob);
  return Object.hasOwn(ALGORITHMS, type) ? `${type} ${blob.toString("base64")}` : undefined;
}

/** The algorithms that make a server show one of these keys, and no other. */
export function algorithmsFor(keys: HostKey[]): ServerHostKeyAlgorithm[] {
  return [...new Set(keys.flatMap((key) => ALGORITHMS[key.type] ?? []))];
}

/** All algorithms: to learn which key a server has that shows none of a pinned type. */
export const ANY_ALGORITHM: ServerHostKeyAlgorithm[] = Object.values(ALGORITHMS).flat();

/** `ED25519 SHA256:…`, as ssh-keygen -l prints it. */
export function fingerprint(blob: Buffer): string {
  const name = typeOf(blob)
    .replace(/^ssh-/, "")
    .replace(/^ecdsa-sha2-.*/, "ecdsa")
    .toUpperCase();
  return `${name} SHA256:${createHash("sha256").update(blob).digest("base64").replace(/=+$/, "")}`;
}
