/** A trixie root with the packages, in which real parsers judge rendered files. Named by POSTFLEET_CHROOT. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";

const ROOT = process.env.POSTFLEET_CHROOT;
if (ROOT === undefined) process.stdout.write("POSTFLEET_CHROOT is unset: real parsers are not asked\n");

/** `describe` where there is such a root, `describe.skip` elsewhere. */
export const describeInChroot = ROOT === undefined ? describe.skip : describe;

/** Writes files into a folder of their own in the root; returns its path as seen from inside. */
export function stage(files: Record<string, string>): string {
  const folder = mkdtempSync(join(ROOT ?? "", "tmp", "postfleet-infra-"));
  for (const [name, content] of Object.entries(files)) {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content, { mode: 0o755 });
  }
  folders.push(folder);
  return `/tmp/${basename(folder)}`;
}

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** Runs a command in the root. */
export function inChroot(...argv: string[]): { status: number | null; output: string } {
  const run = spawnSync("chroot", [ROOT ?? "/", ...argv], { encoding: "utf8", timeout: 60_000 });
  return { status: run.status, output: run.stdout + run.stderr };
}

/** Lints a shell script: with shellcheck where this machine has it, else by `sh -n`. */
export function lintShell(script: string): string {
  const has = spawnSync("sh", ["-c", "command -v shellcheck"]).status === 0;
  try {
    execFileSync(has ? "shellcheck" : "sh", has ? ["-"] : ["-n"], { input: script, encoding: "utf8", stdio: "pipe" });
    return "";
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    return stdout + stderr;
  }
}
