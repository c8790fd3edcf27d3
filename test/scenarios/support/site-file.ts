/** The lab's site file, changed for a while as an operator would. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Outcome, pulumi, ROOT } from "./lab";

const SITE_FILE = join(ROOT, "stacks/lab.yaml");
const original = readFileSync(SITE_FILE, "utf8");

// Also when a test ran out of time in the middle of an update.
afterAll(() => writeFileSync(SITE_FILE, original));

/** Does something while the site file is another one. */
export async function withSiteFile<T>(edit: (text: string) => string, use: () => Promise<T>): Promise<T> {
  const edited = edit(original);
  if (edited === original) throw new Error("the site file is as it was: what was to be edited is not in it");
  writeFileSync(SITE_FILE, edited);
  try {
    return await use();
  } finally {
    writeFileSync(SITE_FILE, original);
  }
}

/** Runs `pulumi up` with this line at the end of the site file, which is then as it was: the next `up` takes it back. */
export const upWith = (line: string): Promise<Outcome> =>
  withSiteFile(
    (text) => `${text}\n${line}\n`,
    () => pulumi(["up", "--yes", "--skip-preview"]),
  );
