/** The real parsers: a Debian 13 root with the packages, named by POSTFLEET_CHROOT. */
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Manifest } from "../../../provider/manifest";

export const root = process.env.POSTFLEET_CHROOT;

/** `describe` where the parsers are there, else a skip that says why. */
export const withParsers: jest.Describe = root ? describe : describe.skip;
if (!root) console.warn("POSTFLEET_CHROOT is not set: the real parsers are not asked");

/** A place of its own inside the root, so that tests may run side by side. */
export function scratch(): { path: string; inside: string; remove: () => void } {
  const path = mkdtempSync(join(String(root), "tmp", "postfleet-"));
  chmodSync(path, 0o755);
  return {
    path,
    inside: path.slice(String(root).length),
    remove: () => rmSync(path, { recursive: true, force: true }),
  };
}

export function inside(argv: string[], env: Record<string, string> = {}) {
  const run = spawnSync("chroot", [String(root), ...argv], {
    encoding: "utf8",
    input: "",
    timeout: 60_000,
    env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", ...env },
  });
  return { status: run.status, stdout: run.stdout, stderr: run.stderr };
}

/** Writes a manifest's files below a scratch directory, with all its own paths moved there. */
export function materialise(manifest: Manifest, at: { path: string; inside: string }, edit = (text: string) => text) {
  for (const [path, file] of Object.entries(manifest.files)) {
    const target = join(at.path, path);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(
      target,
      edit(file.content).replace(/\/(etc|var\/spool|var\/lib)\/postfix-/g, `${at.inside}/$1/postfix-`),
    );
  }
}

/** What the three Postfix parsers say of an instance: postconf, `postfix check`, and smtpd itself. */
export function askPostfix(role: string, at: { path: string; inside: string }) {
  const directory = `${at.inside}/etc/postfix-${role}`;
  inside(["install", "-d", `${at.inside}/var/spool/postfix-${role}`]);
  inside(["install", "-d", "-o", "postfix", "-g", "postfix", "-m", "0700", `${at.inside}/var/lib/postfix-${role}`]);
  return {
    postconf: inside(["postconf", "-c", directory, "-n"]),
    check: inside(["postfix", "-c", directory, "check"]),
    smtpd: inside(["timeout", "20", "/usr/lib/postfix/sbin/smtpd", "-S"], { MAIL_CONFIG: directory }),
  };
}
