/**
 * Many zones at OVH: what a preview takes that reads them all, in time and in memory, and how that grows. The account is
 * the lab's fake in this process, so it says nothing of the network: a real call takes longer, and each takes as long.
 */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { ensureEngine } from "../cli/engine";
import { PROJECT_ROOT } from "../cli/paths";
import { MemoryWorld } from "../lab/ovh/memory-world";
import { type FakeOvh, startFakeOvh } from "../lab/ovh/server";
import { loadSite, plan } from "../plan";
import { UserError } from "../system/errors";
import { growthTable, growthVerdict, type Sized, sizesUpTo } from "./growth";
import { type Process, type Watched, watched } from "./processes";
import { OVH_FILE, SITE_FILE } from "./zones-program";
import { siteText, zonesOf } from "./zones-site";

/** Zones, unless somebody says otherwise. */
export const LARGEST = 1000;

type Pulumi = (...args: string[]) => Promise<Watched>;

/** Measures previews of up to so many zones, and prints the table and the verdict. */
export async function benchZones(largest: number): Promise<void> {
  if (!Number.isInteger(largest) || largest < 8)
    throw new UserError("--zones wants a number of zones, 8 or more", "as --zones=1000");
  const directory = mkdtempSync(join(tmpdir(), "postfleet-bench-"));
  writeFileSync(join(directory, SITE_FILE), siteText(largest));
  const zones = zonesOf(plan(loadSite(join(directory, SITE_FILE))));
  const ovh = await startFakeOvh({ world: new MemoryWorld(), account: { zones }, delay: 1 });
  for (const zone of Object.values(ovh.state.zones)) zone.dnssec = "enabled";
  try {
    const pulumi = await project(directory, ovh);
    const sizes: Sized[] = [];
    for (const size of sizesUpTo(largest)) sizes.push(await grown(directory, pulumi, size));
    process.stdout.write(`\n${growthTable("zones", sizes)}\n\n${growthVerdict("zones", sizes)}\n`);
  } finally {
    await ovh.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

/** The stack grows to so many zones, which are there already; then nothing is to be changed, and that is measured. */
async function grown(directory: string, pulumi: Pulumi, size: number): Promise<Sized> {
  writeFileSync(join(directory, SITE_FILE), siteText(size));
  const { seconds } = await pulumi("up", "--yes", "--skip-preview", "--suppress-outputs");
  const preview = await pulumi("preview", "--expect-no-changes", "--suppress-outputs");
  const [before, after] = [seconds, preview.seconds].map((time) => time.toFixed(1));
  process.stderr.write(`  ✓ ${size} zones: taken over in ${before} s, preview ${after} s\n`);
  return { size, ...preview };
}

/** A project with a state of its own, and the engine in it. */
async function project(directory: string, ovh: FakeOvh): Promise<Pulumi> {
  const engine = await ensureEngine();
  const [home, state] = [join(directory, "home"), join(directory, "state")];
  for (const place of [home, state]) mkdirSync(place);
  symlinkSync(join(PROJECT_ROOT, "node_modules"), join(directory, "node_modules"));
  const plugins = { providers: [{ name: "postfleet", path: join(PROJECT_ROOT, "bin") }] };
  const runtime = { name: "nodejs", options: { typescript: false } };
  const files = {
    "Pulumi.yaml": JSON.stringify({ name: "zones", runtime, plugins }),
    "package.json": JSON.stringify({ name: "zones", main: "index.js" }),
    "index.js": `require(${JSON.stringify(join(__dirname, "zones-program.js"))}).declareSiteZones(__dirname);\n`,
    [OVH_FILE]: JSON.stringify({ endpoint: ovh.url, caFile: ovh.caFile, ...ovh.credentials }),
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text, { mode: 0o600 });
  const env = {
    ...process.env,
    PATH: [engine.directory, dirname(process.execPath), process.env.PATH].join(delimiter),
    PULUMI_HOME: home,
    PULUMI_BACKEND_URL: `file://${state}`,
    PULUMI_CONFIG_PASSPHRASE: "bench",
    PULUMI_SKIP_UPDATE_CHECK: "true",
    PULUMI_STACK: "zones",
    // The state is of no use if this is cut off, and would be written once a zone.
    PULUMI_EXPERIMENTAL: "true",
    PULUMI_SKIP_CHECKPOINTS: "true",
    // Nobody answers there: these zones have no name servers.
    POSTFLEET_RESOLVER: "127.0.0.1:9",
  };
  const pulumi: Pulumi = (...args) => watched([engine.pulumi, ...args], { cwd: directory, env }, nameOf);
  await pulumi("stack", "init", "zones");
  return pulumi;
}

/** The three that matter: the engine, our provider, and the program. */
function nameOf({ pid, command }: Process, root: number): string | undefined {
  if (pid === root) return "engine";
  if (command.includes("provider/main.js")) return "provider";
  return command.includes("@pulumi/pulumi/cmd/run") ? "program" : undefined;
}
