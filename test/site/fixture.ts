/** A folder with a site file and the files it names. */
import { generateKeyPairSync } from "node:crypto";
import { join } from "node:path";
import { newFolder } from "../support/folder";

/** A public host key as sshd has it; new for every call. */
export function hostKeyLine(): string {
  const { publicKey } = generateKeyPairSync("ed25519");
  const raw = publicKey.export({ type: "spki", format: "der" }).subarray(-32);
  const field = (bytes: Buffer) => Buffer.concat([Buffer.from([0, 0, 0, bytes.length]), bytes]);
  return `ssh-ed25519 ${Buffer.concat([field(Buffer.from("ssh-ed25519")), field(raw)]).toString("base64")}`;
}

/** Writes files into a new folder and answers the path of the first. */
export function folderWith(files: Record<string, string>): string {
  return join(newFolder(files), Object.keys(files)[0] ?? "");
}
