/**
 * `make test` after `scripts/setup`: lint, then jest without a lab, then the scenarios on the lab, each in jest's own
 * words, and as the last line the sum of all. `run-tests.js lint unit host scenarios` runs only the parts that are named.
 */
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ensureEngine } from "../cli/engine";
import { report } from "../cli/errors";
import { LAB_STATE, PROJECT_ROOT } from "../cli/paths";
import { hostKey, operatorKey, publicKey } from "../lab/keys";
import { hostNamed, ipv4 } from "../lab/plan";
import { consoleProgress } from "../system/progress";
import { add, type JestReport, NOTHING, statusOf, summary, type Tally, tallyOf } from "./tally";
import { ensureTestPackages } from "./test-packages";
import { ensureValidators } from "./validators";

const JEST = join(PROJECT_ROOT, "node_modules", "jest", "bin", "jest.js");

/** Time limits in seconds. A part that hangs is ended and counts as a failure; all of them fit into CI's limit. */
const LIMITS = { lint: 600, unit: 1200, lab: 900, host: 600, scenarios: 2100 } as const;

/** Tests that need a booted host of the lab; they run by themselves. */
const HOST_TESTS = "real-host";

let current: number | undefined;

/** Runs a program in a process group of its own, so that a time limit ends everything it has started. */
function run(argv: string[], limit: number, env: Record<string, string> = {}): Promise<number> {
  const [program = "", ...args] = argv;
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd: PROJECT_ROOT,
      env: { ...process.env, ...env },
      stdio: ["ignore", "inherit", "inherit"],
      detached: true,
    });
    current = child.pid;
    const stop = (signal: NodeJS.Signals) => {
      try {
        if (child.pid) process.kill(-child.pid, signal);
      } catch {
        // It has ended by itself in the meantime.
      }
    };
    const timer = setTimeout(() => {
      process.stdout.write(`\n${argv.join(" ")}: not done after ${limit} s, ended\n`);
      stop("SIGTERM");
      setTimeout(() => stop("SIGKILL"), 10_000).unref();
    }, limit * 1000);
    const done = (status: number) => {
      clearTimeout(timer);
      current = undefined;
      resolve(status);
    };
    child.on("error", () => done(127));
    child.on("close", (status) => done(status ?? 1));
  });
}

/** Runs jest; a run that leaves no results counts as one failure. */
async function jest(name: string, args: string[], limit: number, env: Record<string, string>): Promise<Tally> {
  const file = join(LAB_STATE, `jest-${name}.json`);
  rmSync(file, { force: true });
  const command = [process.execPath, JEST, "--json", `--outputFile=${file}`, "--silent=false", ...args];
  const status = await run(inPrivateMounts(command, env.POSTFLEET_CHROOT), limit, env);
  if (!existsSync(file)) return { ...NOTHING, failed: 1 };
  const tally = tallyOf(JSON.parse(readFileSync(file, "utf8")) as JestReport);
  // jest may fail without a failed test, e.g. by an error outside of them.
  return status !== 0 && tally.failed === 0 ? { ...tally, failed: 1 } : tally;
}

/** With /proc in the validators' root, seen by these tests alone and gone with them. */
function inPrivateMounts(command: string[], root: string | undefined): string[] {
  if (!root) return command;
  const script = 'mount -t proc proc "$1/proc" && shift && exec "$@"';
  return ["unshare", "--mount", "--propagation", "private", "sh", "-c", script, "sh", root, ...command];
}

async function lint(): Promise<Tally> {
  const status = await run(["npm", "run", "--silent", "lint"], LIMITS.lint);
  return status === 0 ? { ...NOTHING, passed: 1 } : { ...NOTHING, failed: 1 };
}

async function unit(): Promise<Tally> {
  const env: Record<string, string> = {};
  // The engine's tests and the validators' tests skip themselves without these; here they must run.
  const engine = await ensureEngine();
  env.POSTFLEET_ENGINE = engine.pulumi;
  if (process.getuid?.() === 0) env.POSTFLEET_CHROOT = process.env.POSTFLEET_CHROOT ?? (await ensureValidators());
  else process.stdout.write("not root: the tests that ask real parsers are skipped\n");
  const elsewhere = ["/test/scenarios/", HOST_TESTS].flatMap((pattern) => ["--testPathIgnorePatterns", pattern]);
  return jest("unit", ["--maxWorkers=2", ...elsewhere], LIMITS.unit, env);
}

/** The provider against a booted Debian: the lab's second site host, made anew, because these tests change it. */
async function host(): Promise<Tally> {
  if (process.getuid?.() !== 0) {
    process.stdout.write("not root: no lab, so these tests are counted as one failure\n");
    return { ...NOTHING, failed: 1 };
  }
  const postfleet = join(PROJECT_ROOT, "bin", "postfleet");
  const target = hostNamed("back1");
  for (const args of [["up"], ["reset", target.name]]) {
    if ((await run([postfleet, "lab", ...args], LIMITS.lab)) !== 0) return { ...NOTHING, failed: 1 };
  }
  const connection = {
    name: target.name,
    address: ipv4(target.number),
    port: 22,
    user: "root",
    hostKeys: [publicKey(hostKey(target))],
    privateKeyFile: operatorKey(),
  };
  const env = { POSTFLEET_TEST_HOST: JSON.stringify(connection) };
  return jest("host", ["--runInBand", HOST_TESTS], LIMITS.host, env);
}

async function scenarios(): Promise<Tally> {
  const directory = join(PROJECT_ROOT, "test", "scenarios");
  const any =
    existsSync(directory) && readdirSync(directory, { recursive: true }).some((f) => /\.test\.ts$/.test(`${f}`));
  if (!any) return NOTHING;
  if (process.getuid?.() !== 0) {
    process.stdout.write("not root: no lab, so the scenarios are counted as one failure\n");
    return { ...NOTHING, failed: 1 };
  }
  const env = { POSTFLEET_SCENARIOS: "1" };
  return jest("scenarios", ["--runInBand", "test/scenarios"], LIMITS.scenarios, env);
}

/** Without one of them only the tests that want it fail. */
async function packages(): Promise<Tally> {
  if (process.getuid?.() === 0) await ensureTestPackages(consoleProgress(process.stdout));
  return NOTHING;
}

const PARTS: Record<string, () => Promise<Tally>> = { lint, unit, host, scenarios };

async function main(wanted: string[]): Promise<void> {
  mkdirSync(LAB_STATE, { recursive: true });
  let total = NOTHING;
  const finish = (status: number) => {
    const lines = `${summary(total)}\n`;
    writeFileSync(join(LAB_STATE, "test-summary"), lines);
    if (total.skipped > 0) process.stdout.write(`${total.skipped} skipped (see above for the reasons)\n`);
    process.stdout.write(lines, () => process.exit(status));
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => {
      if (current) process.kill(-current, "SIGTERM");
      total = { ...total, failed: total.failed + 1 };
      process.stdout.write(`\nended by ${signal}\n`);
      finish(1);
    });
  }
  const counted = async (part: () => Promise<Tally>) => {
    try {
      total = add(total, await part());
    } catch (error) {
      report(error, (text) => process.stdout.write(text));
      total = { ...total, failed: total.failed + 1 };
    }
  };
  await counted(packages);
  for (const [name, part] of Object.entries(PARTS)) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    process.stdout.write(`\n== ${name}\n`);
    await counted(part);
  }
  process.stdout.write("\n");
  finish(statusOf(total));
}

void main(process.argv.slice(2));
