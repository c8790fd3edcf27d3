/**
 * `make bench`: how far Postfleet is from the floor, as ratios measured in one run on one machine.
 *
 * The lab must be deployed (`make lab`). At the end its site hosts are made anew twice: once by a shell script, once by
 * `pulumi up`; what was on them is gone, and the site is deployed again. Many zones need no lab: `--zones` (or
 * `--zones=1000`) measures them alone. `--quick` leaves out what takes minutes: the first apply, and the zones.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { report } from "../cli/errors";
import { PROJECT_ROOT } from "../cli/paths";
import { pulumiEnvironment } from "../cli/pulumi";
import { HOSTS, type LabHost } from "../lab/plan";
import { sshArguments } from "../lab/ssh";
import { UserError } from "../system/errors";
import { attempt, run } from "../system/run";
import { archivePaths, buildScript, checkScript } from "./floor";
import { type Figure, type Goal, goalsTable, measure, median } from "./measure";
import { factsOf, type HostFacts, RECORDS, type RoleRecord, sizeOf } from "./record";
import { benchZones, LARGEST } from "./zones";

const STACK = "lab";
const SITE_FILE = join(PROJECT_ROOT, "stacks", "lab.yaml");
/** What roles make on the host and services do not start without: a script of one's own would bring it along. */
const MADE_ON_HOST = "/etc/postfleet/tls";
/** Runs of each quick figure. */
const RUNS = 3;

type Site = { host: LabHost; facts: HostFacts; archive: Buffer }[];

async function engine(args: string[], cwd = PROJECT_ROOT, more: Record<string, string> = {}): Promise<void> {
  const { pulumi, env } = await pulumiEnvironment(STACK);
  const result = await attempt(["env", "-C", cwd, pulumi, ...args], {
    timeout: 3600,
    env: { ...(env as Record<string, string>), ...more },
  });
  if (result.status === 0) return;
  throw new UserError(`pulumi ${args.join(" ")} failed:\n${(result.stdout + result.stderr).trim().slice(-3000)}`);
}

/** A program that declares nothing, in a project of its own: what the engine and Node.js cost by themselves. */
async function emptyProgram(): Promise<Figure> {
  const directory = mkdtempSync(join(tmpdir(), "postfleet-bench-"));
  try {
    const runtime = { name: "nodejs", options: { typescript: false } };
    writeFileSync(join(directory, "Pulumi.yaml"), JSON.stringify({ name: "empty", runtime }));
    writeFileSync(join(directory, "package.json"), JSON.stringify({ name: "empty", main: "index.js" }));
    writeFileSync(join(directory, "index.js"), 'require("@pulumi/pulumi");\n');
    symlinkSync(join(PROJECT_ROOT, "node_modules"), join(directory, "node_modules"));
    // Without our own preload: the engine as it comes.
    const own = { PULUMI_BACKEND_URL: `file://${directory}`, PULUMI_STACK: "empty", NODE_OPTIONS: "" };
    await engine(["stack", "init", "empty"], directory, own);
    return await measure("bare engine: preview of an empty program", RUNS, () => engine(["preview"], directory, own));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Runs a script on a host by one SSH command; the input may be more than text. */
function script(host: LabHost, text: string, input?: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    const [program = "", ...args] = sshArguments(host, input ? ["sh", "-c", quoted(text)] : ["sh"]);
    const child = spawn(program, args, { stdio: ["pipe", "ignore", "pipe"] });
    let words = "";
    child.stderr.setEncoding("utf8").on("data", (data: string) => {
      words += data;
    });
    child.stdin.on("error", () => {});
    child.stdin.end(input ?? text);
    child.on("error", reject);
    child.on("close", (status) =>
      status === 0
        ? resolve()
        : reject(new UserError(`the shell script on ${host.name} failed (${status}): ${words.slice(-1500)}`)),
    );
  });
}

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** Reads what the deployed hosts consist of; hosts without roles are left out. */
async function deployedSite(): Promise<Site> {
  const site: Site = [];
  for (const host of HOSTS.filter((each) => each.bare)) {
    const listed = await attempt([
      ...sshArguments(host),
      `cat ${RECORDS}/*.json | python3 -c 'import json,sys
d=json.JSONDecoder(); t=sys.stdin.read(); i=0; r=[]
while t[i:].strip():
    o,n=d.raw_decode(t[i:].lstrip()); i+=len(t[i:])-len(t[i:].lstrip())+n; r.append(o)
print(json.dumps(r))'`,
    ]);
    const records = listed.status === 0 ? (JSON.parse(listed.stdout) as RoleRecord[]) : [];
    if (records.length === 0) continue;
    const facts = factsOf(records);
    site.push({ host, facts, archive: await fetchArchive(host, facts) });
    process.stderr.write(`  ${host.name}: ${sizeOf(facts)}\n`);
  }
  if (site.length > 0) return site;
  throw new UserError("no host of the lab has a role on it", "make lab deploys the site first");
}

async function fetchArchive(host: LabHost, facts: HostFacts): Promise<Buffer> {
  const { whole, directories } = archivePaths(facts);
  const local = join(mkdtempSync(join(tmpdir(), "postfleet-bench-")), "site.tar.b64");
  try {
    const names = [...directories.map((path) => `--no-recursion ${quoted(path)}`), ...whole.map(quoted)].join(" ");
    writeFileSync(
      local,
      await run(
        [...sshArguments(host), `tar c -P -p --ignore-failed-read ${names} --recursion ${MADE_ON_HOST} | base64`],
        { timeout: 120 },
      ),
    );
    return Buffer.from(readFileSync(local, "utf8"), "base64");
  } finally {
    rmSync(join(local, ".."), { recursive: true, force: true });
  }
}

/** Changes one line of the site file for as long as `work` takes. */
async function withChangedLine(work: () => Promise<void>): Promise<void> {
  const before = readFileSync(SITE_FILE, "utf8");
  const after = before.replace(/greetWait: (\d+)/, (_all, seconds) => `greetWait: ${Number(seconds) + 1}`);
  if (after === before) throw new UserError(`${SITE_FILE} has no greetWait to change`);
  const restore = () => writeFileSync(SITE_FILE, before);
  process.once("exit", restore);
  writeFileSync(SITE_FILE, after);
  try {
    await work();
  } finally {
    restore();
    process.off("exit", restore);
  }
}

async function resetHosts(site: Site): Promise<void> {
  const postfleet = join(PROJECT_ROOT, "bin", "postfleet");
  await run([postfleet, "lab", "reset", ...site.map(({ host }) => host.name)], { timeout: 900 });
}

const up = () => engine(["up", "--yes", "--skip-preview"]);
const onAll = (site: Site, work: (each: Site[number]) => Promise<void>) => Promise.all(site.map(work)).then(() => {});

async function bench(quick: boolean): Promise<void> {
  process.stderr.write("The site as it is deployed\n");
  const site = await deployedSite();
  process.stderr.write("\nMeasuring\n");
  const bare = median((await emptyProgram()).runs);
  const check = median(
    (
      await measure("floor: one shell check over SSH", RUNS, () =>
        onAll(site, (s) => script(s.host, checkScript(s.facts))),
      )
    ).runs,
  );
  await engine(["preview", "--expect-no-changes"]);
  const preview = median((await measure("no-op preview with drift check", RUNS, () => engine(["preview"]))).runs);
  let change = Number.NaN;
  await withChangedLine(async () => {
    change = median((await measure("one-line change: pulumi up", 1, up)).runs);
  });
  await up();
  const allowance = bare + 1.5 * check;
  const goals: Goal[] = [
    { name: "no-op preview", measured: preview, of: "bare engine + 1.5 x shell check", atMost: allowance },
    { name: "one-line change", measured: change, of: "2 x that", atMost: 2 * allowance },
  ];
  if (!quick) {
    await resetHosts(site);
    const build = (s: Site[number]) => script(s.host, buildScript(s.facts), s.archive);
    const floor = median((await measure("floor: first apply by a shell script", 1, () => onAll(site, build))).runs);
    await resetHosts(site);
    const first = median((await measure("first apply on fresh hosts: pulumi up", 1, up)).runs);
    goals.push({ name: "first apply", measured: first, of: "1.15 x shell script", atMost: 1.15 * floor });
  }
  process.stdout.write(
    `\n${goalsTable(goals)}\n\nbare engine ${bare.toFixed(2)} s, shell check ${check.toFixed(2)} s\n`,
  );
}

async function main(args: string[]): Promise<void> {
  const zones = args.find((arg) => /^--zones(=|$)/.test(arg));
  const quick = args.includes("--quick");
  if (!zones) await bench(quick);
  if (zones || !quick) await benchZones(Number(zones?.split("=")[1] ?? LARGEST));
}

main(process.argv.slice(2)).catch((error: unknown) => {
  process.exitCode = report(error);
});
