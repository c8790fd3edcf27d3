/** Locks in repositories, and the room that a repository may take, with the real restic and its server. */
import { type ChildProcess, spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { describeInChroot } from "../../support/chroot";
import { RealTarget } from "./real";

jest.setTimeout(120_000);

describeInChroot("locks", () => {
  let target: RealTarget;
  const started: ChildProcess[] = [];
  beforeAll(async () => {
    target = await RealTarget.start();
    target.fill(50);
    target.snapshot({ ago: 0.1 });
  });
  afterEach(() => {
    for (const each of started.splice(0)) each.kill("SIGKILL");
    for (const lock of target.ids("locks")) target.run("rm", [`${target.repository()}/locks/${lock}`]);
  });

  /** restic at the target, stopped as soon as it has its lock: it lives, and does nothing. */
  async function working(...before: string[]): Promise<ChildProcess> {
    const words = [...before, "restic", "--no-cache", "--repo", target.repository(), "check"];
    const child = spawn(words[0] ?? "", words.slice(1), {
      env: { ...target.env, RESTIC_PASSWORD: "repository" },
      stdio: "ignore",
    });
    started.push(child);
    for (let tries = 0; tries < 1000 && target.ids("locks").length === 0; tries++)
      await new Promise((done) => setTimeout(done, 5));
    child.kill("SIGSTOP");
    expect(target.ids("locks")).toHaveLength(1);
    return child;
  }

  async function killed(child: ChildProcess): Promise<void> {
    const gone = new Promise((done) => child.once("exit", done));
    child.kill("SIGKILL");
    await gone;
  }

  const elsewhere = ["unshare", "--uts", "sh", "-c", 'hostname elsewhere; exec "$@"', "sh"];
  const backup = () => target.as("mail1", "backup", "--quiet", `${target.folder}/source`).status;
  const LOCKED = /prune failed: somebody works in it and did not end within \d+ minutes; 1 locks: \w{8} of/;

  test("of a check that was killed here: backups fail by it, the next look removes it", async () => {
    await killed(await working());
    expect(backup()).toBe(11);
    expect(target.upkeep("watch").output).toMatch(
      /removed the lock \w{8} of .*, whose owner is dead\nmail1: watch done/,
    );
    expect(backup()).toBe(0);
  });

  test.each(["prune", "check"] as const)("of a check that was killed here: %s goes on", async (work) => {
    await killed(await working());
    expect(target.upkeep(work)).toMatchObject({ status: 0 });
    expect(target.ids("locks")).toEqual([]);
  });

  test("of one that works here: respected, and said", async () => {
    const child = await working();
    const [lock] = target.ids("locks");
    expect(target.upkeep("watch")).toMatchObject({ status: 0 });
    expect(target.upkeep("prune").output).toMatch(LOCKED);
    expect(target.upkeep("check").status).toBe(1);
    expect(target.ids("locks")).toEqual([lock]);
    const done = new Promise((end) => child.once("exit", end));
    child.kill("SIGCONT");
    expect(await done).toBe(0);
    expect(target.upkeep("prune")).toMatchObject({ status: 0 });
  });

  test("of another host: respected while they are renewed, whether that host is still there or not; then removed", async () => {
    await killed(await working(...elsewhere));
    expect(target.upkeep("prune").output).toMatch(LOCKED);
    const [lock = ""] = target.ids("locks");
    target.arrived("locks", lock, 29 / 1440);
    expect(target.upkeep("watch").output).toBe("mail1: watch done\n");
    target.arrived("locks", lock, 31 / 1440);
    expect(target.upkeep("watch").output).toMatch(/removed the lock/);
    expect(target.upkeep("prune")).toMatchObject({ status: 0 });
  });

  test("that nobody can read, made anew again and again: an alarm, and prune touches nothing", () => {
    const before = target.snapshots();
    for (let n = 0; n < 30; n++) target.put("locks", createHash("sha256").update(`${n}`).digest("hex"), `${n}`);
    const run = target.upkeep("prune");
    expect([run.status, run.output]).toEqual([1, expect.stringContaining("; 30 locks: ")]);
    expect(target.operator("alarms").output).not.toBe("0\n");
    expect(target.snapshots()).toEqual(before);
  });

  test("prune lets nobody in while it looks and deletes, and the server is back after it, also where it failed", () => {
    const unit = "postfleet-backup-server-mail1.service";
    target.calls();
    target.upkeep("prune");
    expect(target.calls()).toEqual([`stop ${unit}`, `start ${unit}`]);
    writeFileSync(`${target.folder}/credentials/mail1`, "another");
    expect(target.upkeep("prune").status).toBe(1);
    writeFileSync(`${target.folder}/credentials/mail1`, "repository");
    expect(target.calls().at(-1)).not.toMatch(/^stop/);
  });
});

describeInChroot("room", () => {
  test("one client that fills its share leaves the others theirs", async () => {
    const clients = ["mail1", "mx1"].map((name) => ({ name, addresses: ["127.0.0.1"], share: 500 }));
    const target = await RealTarget.start({ clients, maxSize: 4_000_000 });
    const backup = (client: string, bytes: number) => {
      writeFileSync(`${target.folder}/source/mail`, randomBytes(bytes));
      return target.as(client, "backup", "--quiet", `${target.folder}/source`);
    };
    for (let n = 0; n < 3; n++) expect(backup("mail1", 500_000)).toMatchObject({ status: 0 });
    expect(
      target.put("data", createHash("sha256").update(Buffer.alloc(600_000)).digest("hex"), Buffer.alloc(600_000)),
    ).not.toBe(200);
    for (let n = 0; n < 3; n++) expect(backup("mx1", 500_000)).toMatchObject({ status: 0 });
  });
});
