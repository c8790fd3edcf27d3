/** Public lines of SSH keys. */
import { utils } from "ssh2";
import { fingerprint, parseHostKey } from "../../host/host-keys";

/** "ssh-ed25519 AAAA…" of an unencrypted private key; an Error when it is none. */
export function publicLine(privateKey: string): string | Error {
  const key = utils.parseKey(privateKey);
  if (key instanceof Error) return key;
  if (!key.isPrivateKey()) return new Error("it is not a private key");
  return `${key.type} ${key.getPublicSSH().toString("base64")}`;
}

/** Why a text is no line of authorized_keys, without options. */
export function authorizedKeyProblem(line: string): string | undefined {
  const key = utils.parseKey(line);
  if (key instanceof Error) return key.message;
  if (key.isPrivateKey()) return "it is a private key, which must not leave its place";
  return /[\r\n]/.test(line.trim()) ? "it has several lines" : undefined;
}

/** `ED25519 SHA256:…` of a public line. */
export const fingerprintOf = (line: string): string => fingerprint(parseHostKey(line).blob);
