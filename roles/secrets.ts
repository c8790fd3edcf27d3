/** Secrets as roles name them: what they are and which files they end up in, never what they say. */
import type { FileSpec } from "../provider/manifest";

/** A secret by what it is; whoever deploys knows where it lives. */
export type SecretRef =
  /** Random letters and digits, made once; `of: "instance"` belongs to one instance alone, else to the site. */
  | { kind: "password"; id: string; length: number; of: "site" | "instance" }
  /** A private key that is never rotated, PEM. */
  | { kind: "key"; id: string; algorithm: "p256" | "ed25519" }
  /** A key of a ring, PEM: the one at work, or the named one. */
  | { kind: "ring"; id: string; selector?: string }
  /** The private WireGuard key of a host, in base64. */
  | { kind: "link"; host: string }
  | { kind: "acmeAccount" }
  /** The login at the smarthost, `user:password`; the stack's own. */
  | { kind: "smarthost" }
  /** The site's accounts with their password hashes, as Dovecot's passwd-file. */
  | { kind: "accounts" };

/** Secrets of a role by name: one, one for each of many names, or perhaps none. */
export type SecretShape = Readonly<Record<string, "one" | "many" | "maybe">>;
export type NoSecrets = Readonly<Record<never, never>>;
export type Secrets<Shape extends SecretShape, T> = string extends keyof Shape
  ? Record<string, T | Record<string, T> | undefined>
  : {
      [K in keyof Shape as Shape[K] extends "maybe" ? never : K]: Shape[K] extends "many" ? Record<string, T> : T;
    } & { [K in keyof Shape as Shape[K] extends "maybe" ? K : never]?: T };

/** A file on a host whose content is made of secrets. */
export interface SecretFile<T> extends Omit<FileSpec, "content"> {
  of: readonly T[];
  content(...secrets: string[]): string;
}

/** A secret file of root's: for root alone, or for the group of a daemon besides. By default it is the secret itself. */
export function secretFile<T>(
  of: readonly T[],
  group = "root",
  content: SecretFile<T>["content"] = (secret = "") => secret,
): SecretFile<T> {
  return { of, content, mode: group === "root" ? "0600" : "0640", owner: "root", group };
}
