/** What a lock of Pulumi's says, and whether who made it still runs. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { homedir, hostname, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { backendFolder } from "../../cli/backend";
import { lockOn } from "../../cli/locks";
import { startTime } from "../../system/processes";
import { describeWithEngine, Scratch } from "../engine/scratch";
import { newFolder } from "../support/folder";

jest.setTimeout(120_000);

const CANCEL = "postfleet pulumi cancel --stack prod --yes";
const now = () => new Date().toISOString();

/** What is said of a stack with these locks. */
function said(...locks: (object | string)[]) {
  const root = newFolder();
  locks.forEach((lock, number) => {
    const file = join(root, ".pulumi/locks/organization/postfleet/prod", `${number}.json`);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, typeof lock === "string" ? lock : JSON.stringify({ username: "ann", ...lock }));
    writeFileSync(`${file}.attrs`, "{}");
  });
  return lockOn("prod", { PULUMI_BACKEND_URL: `file://${root}` });
}

test("no lock, no other stack's lock, and no other backend is none", () => {
  expect(said()).toBeUndefined();
  expect(lockOn("prod", { PULUMI_BACKEND_URL: "s3://bucket" })).toBeUndefined();
});

test("who still runs is waited for", () => {
  const lock = said({ pid: process.pid, hostname: hostname(), timestamp: now() });
  expect(lock?.message).toMatch(
    new RegExp(`"prod" is locked by ann on ${hostname()} since .*, process ${process.pid}, which still runs$`),
  );
  expect(lock?.hint).toBe(`wait for process ${process.pid} to end, then repeat the command`);
});

test("a process that began later has only the same number", () => {
  const before = new Date((startTime(process.pid) ?? 0) - 5000).toISOString();
  const lock = said({ pid: process.pid, hostname: hostname(), timestamp: before });
  expect(lock?.message).toContain("which has ended");
  expect(lock?.hint).toContain(CANCEL);
});

test("who has ended leaves a lock to be removed, but not while another is at work", async () => {
  const child = spawn("true");
  await new Promise((resolve) => child.once("exit", resolve));
  const dead = { pid: child.pid, hostname: hostname(), timestamp: now() };
  expect(said(dead)?.hint).toBe(`remove what it left with: ${CANCEL}; then repeat the command`);
  const both = said(dead, { pid: process.pid, hostname: hostname(), timestamp: now() });
  expect(both?.hint).toBe(`wait for process ${process.pid} to end, then repeat the command`);
});

test("of another machine, or of a lock that cannot be read, nothing is claimed", () => {
  const lock = said({ pid: process.pid, hostname: "elsewhere", timestamp: now() });
  expect(lock?.message).toContain("of which nothing is known here");
  expect(lock?.hint).toBe(
    `look whether process ${process.pid} on elsewhere still runs; only when it has ended: ${CANCEL}`,
  );
  expect(said("{")?.message).toContain("by a lock that cannot be read");
});

test.each([
  ["file:///srv/state", "/srv/state"],
  ["file://~", homedir()],
  ["file://~/state", join(homedir(), "state")],
  ["file://./state?no_tmp_dir=true", "/checkout/state"],
  ["https://api.pulumi.com", undefined],
])("the backend %s is in %s", (backend, folder) => {
  expect(backendFolder(backend, "/checkout")).toBe(folder);
});

describeWithEngine("a lock of the engine", () => {
  let scratch: Scratch;
  let run: ChildProcess;
  const env = () => ({ PULUMI_BACKEND_URL: `file://${join(scratch.directory, "state")}` });
  const lock = () => lockOn("test", env(), { cwd: tmpdir(), project: "scratch" });

  beforeAll(async () => {
    scratch = new Scratch();
    await scratch.must("stack", "init", "test");
    scratch.program("exports.late = new Promise((resolve) => setTimeout(resolve, 100_000));");
    run = scratch.start("up", "--yes", "--skip-preview");
    while (lock() === undefined) await sleep(100);
  });
  afterAll(() => scratch.remove());

  test("is that of the run, and stays when it is killed; the command named removes it", async () => {
    expect(lock()?.message).toContain(`process ${run.pid}, which still runs`);
    const second = await scratch.pulumi("up", "--yes", "--skip-preview");
    expect(second.stderr).toContain(`(pid ${run.pid})`);
    const ended = new Promise((resolve) => run.once("exit", resolve));
    run.kill("SIGKILL");
    await ended;
    expect(lock()?.message).toContain(`process ${run.pid}, which has ended`);
    const [, command = ""] = /postfleet pulumi (.*); then/.exec(lock()?.hint ?? "") ?? [];
    await scratch.must(...command.split(" "));
    expect(lock()).toBeUndefined();
  });
});
