/**
 * The root certificates of pebble. It makes a new one at every start, so the lab collects them: what was issued before a
 * restart stays trusted by the lab's hosts.
 */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { rootPath } from "./machines";
import { ACME_MANAGEMENT_PORT, HOSTS, type LabHost } from "./plan";
import { run } from "./run";
import { acmeRequest } from "./services";
import { onHost } from "./ssh";
import { statePath, writeAtomically } from "./state";

const TRUST = "/usr/local/share/ca-certificates";
const BUNDLE = "/etc/ssl/certs/ca-certificates.crt";

/** All root certificates of pebble so far, one bundle. */
export const acmeRootFile = (): string => statePath("acme-root.pem");

const roots = (): { name: string; content: string }[] => {
  const directory = statePath("acme-roots");
  mkdirSync(directory, { recursive: true });
  return readdirSync(directory)
    .sort()
    .map((name) => ({ name, content: readFileSync(join(directory, name), "utf8") }));
};

/** Fetches pebble's present root and has every host trust it. */
export async function trustAcmeRoot(): Promise<void> {
  const root = await run(acmeRequest(ACME_MANAGEMENT_PORT, "/roots/0"));
  const name = `pebble-${createHash("sha256").update(root).digest("hex").slice(0, 12)}.crt`;
  const path = statePath("acme-roots", name);
  if (!existsSync(path)) writeAtomically(path, root);
  const all = roots();
  writeAtomically(acmeRootFile(), all.map(({ content }) => content).join(""));
  await Promise.all(HOSTS.map((host) => trust(host, all)));
}

async function trust(host: LabHost, all: { name: string; content: string }[]): Promise<void> {
  const bundle = readFileSync(rootPath(host, BUNDLE), "utf8");
  const missing = all.filter(({ content }) => !bundle.includes(content.trim()));
  if (missing.length === 0) return;
  for (const { name, content } of missing) writeFileSync(rootPath(host, join(TRUST, name)), content);
  await onHost(host, "update-ca-certificates >/dev/null");
}
