/**
 * `postfleet:ssh:HostKey`: an SSH host key (Ed25519, RFC 8709) made once and kept in the state, so that a host can be given
 * it at its installation and is known before it first answers.
 */
import { generateKeyPairSync, randomBytes } from "node:crypto";
import type { ResourceHandler } from "../handler";
import { UNKNOWN } from "../values";
import type { SshHostKeyInputs, SshHostKeyOutputs } from "./contract";

const TYPE = "ssh-ed25519";

/** A string of the SSH protocol, RFC 4251 §5: its length, then its bytes. */
function text(bytes: Buffer | string): Buffer {
  const data = Buffer.from(bytes);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  return Buffer.concat([length, data]);
}

/** An unencrypted private key as OpenSSH writes it (openssh: PROTOCOL.key), and the public line that belongs to it. */
export function sshHostKey(comment: string): { privateKeyPem: string; publicKey: string } {
  const pair = generateKeyPairSync("ed25519");
  const { x = "", d = "" } = pair.privateKey.export({ format: "jwk" });
  const [open, seed] = [Buffer.from(x, "base64url"), Buffer.from(d, "base64url")];
  const blob = Buffer.concat([text(TYPE), text(open)]);
  const check = randomBytes(4);
  const secret = Buffer.concat([check, check, blob, text(Buffer.concat([seed, open])), text(comment)]);
  const padding = Buffer.from(Array.from({ length: (8 - (secret.length % 8)) % 8 }, (_, i) => i + 1));
  const one = Buffer.from([0, 0, 0, 1]);
  const head = Buffer.concat([Buffer.from("openssh-key-v1\0"), text("none"), text("none"), text(""), one, text(blob)]);
  const whole = Buffer.concat([head, text(Buffer.concat([secret, padding]))]).toString("base64");
  return {
    privateKeyPem: `-----BEGIN OPENSSH PRIVATE KEY-----\n${whole.replace(/.{70}/g, "$&\n").trimEnd()}\n-----END OPENSSH PRIVATE KEY-----\n`,
    publicKey: `${TYPE} ${blob.toString("base64")}`,
  };
}

/** Input `comment` is a note inside the private key; a new one changes nothing. `pulumi up --replace` makes another key. */
export const sshHostKeyHandler: ResourceHandler<SshHostKeyInputs, SshHostKeyOutputs> = {
  refreshBeforeUpdate: false,
  secretOutputs: ["privateKeyPem"],
  check: () => [],
  diff: () => ({}),
  create: async (urn, news, preview) =>
    preview
      ? { id: "", outputs: { ...news, privateKeyPem: UNKNOWN, publicKey: UNKNOWN } }
      : { id: urn.split("::").pop() ?? "key", outputs: { ...news, ...sshHostKey(news.comment ?? "") } },
  read: async (state) => state,
  update: async (state, news) => ({ ...state.outputs, ...news }),
  delete: async () => {},
};
