/** Debian packages that the tests want of this machine, beside those of the lab. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";

/** Program -> the package that brings it, and what it is for. */
const PROGRAMS: Record<string, string> = {
  "/usr/bin/python3": "python3", // the host agent's tests
  "/usr/bin/openssl": "openssl", // keys and certificates, by another's eyes
  "/usr/bin/curl": "curl",
  "/usr/bin/chromium": "chromium", // the webmail, as a person sees it
};

/** Installs what is missing; throws with apt's words. */
export function ensureTestPackages(): void {
  const missing = Object.keys(PROGRAMS)
    .filter((path) => !existsSync(path))
    .map((path) => PROGRAMS[path] ?? "");
  if (missing.length === 0) return;
  process.stdout.write(`installing ${missing.join(", ")} (Debian)\n`);
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  for (const argv of [
    ["update", "-qq"],
    ["install", "-y", "-qq", "--no-install-recommends", ...missing],
  ]) {
    const { status, stderr } = spawnSync("apt-get", argv, { env, encoding: "utf8" });
    if (status !== 0) throw new Error(`apt-get ${argv.join(" ")} failed:\n${stderr.trim()}`);
  }
}
