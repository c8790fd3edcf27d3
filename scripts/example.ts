/** The plan of the reference's example, for what is generated from the roles and for what the tests install. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadSite, type Plan, plan } from "../plan";
import { EXAMPLE } from "../site/markdown";

// A public host key of zeros (RFC 8709): the file must have one, and nothing is contacted.
const ZEROS = Buffer.from(`\0\0\0\u000bssh-ed25519\0\0\0 ${"\0".repeat(32)}`, "latin1").toString("base64");

/** `more` are further sections of the site file. Every role stands on some host of it. */
export function examplePlan(more = ""): Plan {
  const folder = mkdtempSync(join(tmpdir(), "postfleet-example-"));
  try {
    const file = join(folder, "example.yaml");
    const pinned = EXAMPLE.replace(/^ssh:.*$/m, "").replace(
      /( {4}address: .*\n)/g,
      `$1    hostKeys: ["ssh-ed25519 ${ZEROS}"]\n`,
    );
    writeFileSync(file, pinned + more);
    return plan(loadSite(file));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
