/**
 * The root certificates of pebble. It makes a new one at every start, so the lab collects them: what was issued before a
 * restart stays trusted by the lab's hosts.
 */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { writeAtomically } from "../system/files";
import { run } from "../system/run";
import { isRunning, rootPath } from "./machines";
import { ACME_MANAGEMENT_PORT, ALL_HOSTS, HOSTS, type LabHost } from "./plan";
import { acmeRequest } from "./services";
import { statePath } from "./state";

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
  writeAtomically(
    acmeRootFile(),
    roots()
      .map(({ content }) => content)
      .join(""),
  );
  const more = ALL_HOSTS.filter((host) => !HOSTS.includes(host) && isRunning(host));
  await Promise.all([...HOSTS, ...more].map(trustAcmeRoots));
}

/** Has a running host trust all roots so far; without a login, which the lab may not have there. */
export async function trustAcmeRoots(host: LabHost): Promise<void> {
  const all = roots();
  const bundle = readFileSync(rootPath(host, BUNDLE), "utf8");
  const missing = all.filter(({ content }) => !bundle.includes(content.trim()));
  if (missing.length === 0) return;
  for (const { name, content } of missing) writeFileSync(rootPath(host, join(TRUST, name)), content);
  await run(["chroot", rootPath(host), "sh", "-c", "update-ca-certificates >/dev/null"]);
}
