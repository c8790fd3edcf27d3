/**
 * A Debian 13 root with the packages of all roles, for the tests that let the real parsers judge rendered files
 * (`postfix check`, `doveconf -n`, …). It is built once, outside the checkout; nothing runs in it.
 */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { report } from "../cli/errors";
import { aptSources, mirrorUrl, outerFetchSettings } from "../lab/mirror";
import { ensurePackages } from "../lab/requirements";
import { withLock } from "../system/lock";
import { consoleProgress } from "../system/progress";
import { run } from "../system/run";
import { examplePlan } from "./example";

/** What the tests ask beside the roles' own programs: clients, a test CA, a system that starts units. */
const OF_TESTS = [
  ...["apache2-utils", "iproute2", "openssh-server", "pdns-backend-sqlite3", "pdns-tools", "pebble", "postfix-pcre"],
  ...["python3-minimal", "roundcube", "swaks", "systemd", "systemd-sysv", "wireguard-go", "wireguard-tools"],
];

/** Packages whose parsers and units the tests ask: those of every role with every option, and the tests' own. */
export function validatorPackages(): string[] {
  const { instances } = examplePlan("mailstore: { pop3: true }\nfilter: { clamav: true }\n");
  return [...new Set([...instances.flatMap(({ packages }) => packages), ...OF_TESTS])].sort();
}

const PARENT = "/var/cache/postfleet";

/** Where the root for this list of packages is. */
export function validatorsDirectory(packages = validatorPackages(), parent = PARENT): string {
  const hash = createHash("sha256").update([...packages, ...aptSources(mirrorUrl())].join("\n"));
  return join(parent, `validators-${hash.digest("hex").slice(0, 12)}`);
}

/** The root, built when it is not there yet. */
export async function ensureValidators(): Promise<string> {
  const directory = validatorsDirectory();
  if (existsSync(directory)) return directory;
  mkdirSync(PARENT, { recursive: true });
  const waiting = (pid: number, seconds: number) => {
    if (seconds === 0) process.stderr.write(`  waiting for process ${pid}, which builds the validators\n`);
  };
  await withLock(join(PARENT, "validators.lock"), waiting, async () => {
    if (existsSync(directory)) return;
    await ensurePackages(consoleProgress(), { mmdebstrap: "mmdebstrap" });
    await consoleProgress().step("Debian 13 root with the validators (once, about a minute)", () => build(directory));
  });
  return directory;
}

async function build(directory: string): Promise<void> {
  const building = `${directory}.building`;
  rmSync(building, { recursive: true, force: true });
  const settings = (await outerFetchSettings()).split("\n").filter(Boolean);
  await run(
    [
      "mmdebstrap",
      "--quiet",
      "--mode=root",
      "--variant=minbase",
      `--include=${validatorPackages().join(",")}`,
      ...settings.map((line) => `--aptopt=${line}`),
      "trixie",
      building,
      ...aptSources(mirrorUrl()),
    ],
    { timeout: 1800, env: { DEBIAN_FRONTEND: "noninteractive" } },
  );
  // Only a finished root has its final name.
  renameSync(building, directory);
}

if (require.main === module) {
  ensureValidators().then(
    (directory) => process.stdout.write(`${directory}\n`),
    (error) => {
      process.exitCode = report(error);
    },
  );
}
