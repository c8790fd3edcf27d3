/** A trixie root with the packages, in which real parsers judge rendered files. Named by POSTFLEET_CHROOT. */
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Manifest } from "../../provider/manifest";

const ROOT = process.env.POSTFLEET_CHROOT;
if (ROOT === undefined) process.stdout.write("POSTFLEET_CHROOT is unset: real parsers are not asked\n");

/** `describe` where there is such a root, `describe.skip` elsewhere. */
export const describeInChroot: jest.Describe = ROOT === undefined ? describe.skip : describe;

/** A path inside the root, as seen from outside. */
export const outside = (path: string): string => join(ROOT ?? "", path);

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(outside(folder), { recursive: true, force: true });
});

/**
 * Writes files into a folder of their own in the root, so that tests may run side by side; returns its path as seen from
 * inside. `edit` may move paths in the files there. The folder is gone after the test file.
 */
export function stage(files: Record<string, string>, edit = (text: string, _folder: string) => text): string {
  mkdirSync(outside("/tmp"), { recursive: true });
  const folder = mkdtempSync(outside("/tmp/postfleet-")).slice((ROOT ?? "").length);
  folders.push(folder);
  chmodSync(outside(folder), 0o755);
  for (const [name, content] of Object.entries(files)) {
    const path = outside(join(folder, name));
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, edit(content, folder), { mode: content.startsWith("#!") ? 0o755 : 0o644 });
  }
  return folder;
}

/** The files of a manifest, for {@link stage}. */
export const contentsOf = ({ files }: Pick<Manifest, "files">): Record<string, string> =>
  Object.fromEntries(Object.entries(files).map(([path, { content }]) => [path, content]));

/** What a command in the root said. */
export interface Said {
  status: number | null;
  stdout: string;
  stderr: string;
  /** Both. */
  output: string;
}

/** Runs a command in the root. */
export const inChroot = (...argv: string[]): Said => runInChroot(argv);

/** Runs a command in the root, with something on its standard input or in its environment. */
export function runInChroot(argv: string[], { input = "", env = {} as Record<string, string> } = {}): Said {
  const { status, stdout, stderr } = spawnSync("chroot", [ROOT ?? "/", ...argv], {
    encoding: "utf8",
    input,
    timeout: 60_000,
    env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", ...env },
  });
  return { status, stdout, stderr, output: stdout + stderr };
}

/** What shellcheck says of a shell script; nothing where it is sound. */
export function lintShell(script: string): string {
  const { stdout, stderr, error } = spawnSync("shellcheck", ["-"], { input: script, encoding: "utf8" });
  if (error) throw new Error(`shellcheck cannot be run: ${error.message}. Hint: apt-get install shellcheck`);
  return stdout + stderr;
}
