/** ruff, the linter for Python: a pinned wheel from PyPI in the cache, since Debian has none. */
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { cacheDirectory, PROJECT_ROOT } from "../cli/paths";
import { ensurePackages, installPackages } from "../lab/requirements";
import { UserError } from "../system/errors";
import type { Progress } from "../system/progress";
import { attempt, run } from "../system/run";

/** Which ruff, and the hashes of its wheels. */
const REQUIREMENTS = join(PROJECT_ROOT, "scripts", "ruff.txt");
const VERSION = /^ruff==(\S+)/m.exec(readFileSync(REQUIREMENTS, "utf8"))?.[1] ?? "";

/** The path of ruff, fetched when it is not there yet. */
export async function ensureRuff(progress: Progress): Promise<string> {
  const directory = join(cacheDirectory(), "ruff");
  const program = join(directory, `ruff-${VERSION}`);
  if (existsSync(program)) return program;
  await ensurePackages(progress, { python3: "python3" });
  mkdirSync(directory, { recursive: true });
  const building = mkdtempSync(join(directory, "building-"));
  try {
    await progress.step(`fetch ruff ${VERSION}`, () => fetchInto(building));
    copyFileSync(join(building, "bin", "ruff"), join(building, "ruff"));
    // Only a whole one has its final name.
    renameSync(join(building, "ruff"), program);
  } finally {
    rmSync(building, { recursive: true, force: true });
  }
  return program;
}

async function fetchInto(folder: string): Promise<void> {
  const environment = ["python3", "-m", "venv", "--clear", folder];
  // Debian splits off what a virtual environment begins with.
  if ((await attempt(environment, { timeout: 120 })).status !== 0) {
    await installPackages(["python3-venv"]);
    await run(environment, { timeout: 120 });
  }
  const pip = [join(folder, "bin", "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
  const pinned = ["--require-hashes", "--no-deps", "--only-binary", ":all:", "--requirement", REQUIREMENTS];
  const { status, stderr } = await attempt([...pip, ...pinned], { timeout: 300 });
  if (status === 0) return;
  throw new UserError(
    `pip could not fetch ruff ${VERSION}:\n    ${stderr.trim().split("\n").slice(-5).join("\n    ")}`,
    "is PyPI reachable, or a mirror named in pip's configuration (`pip config list`)?",
  );
}
