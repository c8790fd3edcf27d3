/** The lab's site file, changed for a while as an operator would. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Outcome, pulumi, ROOT } from "./lab";

const SITE_FILE = join(ROOT, "stacks/lab.yaml");
const original = readFileSync(SITE_FILE, "utf8");

// Also when a test ran out of time in the middle of an update.
afterAll(() => writeFileSync(SITE_FILE, original));

/** Runs `pulumi up` with this line at the end of the site file, which is then as it was: the next `up` takes it back. */
export async function upWith(line: string): Promise<Outcome> {
  writeFileSync(SITE_FILE, `${original}\n${line}\n`);
  try {
    return await pulumi(["up", "--yes", "--skip-preview"]);
  } finally {
    writeFileSync(SITE_FILE, original);
  }
}
