/** A client that was broken into, against a target with the real restic and its server: nothing honest is lost. */
import { createHash } from "node:crypto";
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { describeInChroot } from "../../support/chroot";
import { RealTarget, type Said } from "./real";

jest.setTimeout(180_000);

const TEN_DAYS = [9, 8, 7, 6, 5, 4, 3, 2, 1, 0];

describeInChroot("a client that was broken into", () => {
  let before: RealTarget;
  let target: RealTarget;
  let honest: string[];
  let night: Said;

  beforeAll(async () => {
    before = await RealTarget.start({ keep: { daily: 10, weekly: 4, monthly: 12 } });
    honest = TEN_DAYS.map((ago) => {
      before.fill(50, String(ago));
      // A tenth of a day ago at the least: what comes later is after it, whatever the clock says.
      return before.snapshot({ ago: ago + 0.1 });
    });
    night = before.upkeep("prune");
  });
  beforeEach(async () => {
    target = await RealTarget.start({ from: before, keep: { daily: 10, weekly: 4, monthly: 12 } });
  });

  /** The nightly prune says what is wrong, and all that is honest is there and can be read. */
  function stopped(said: RegExp): void {
    const run = target.upkeep("prune");
    expect(run.output).toMatch(said);
    expect(run.output).toContain("Nothing is forgotten until somebody has looked: postfleet-backup list mail1");
    expect(run.status).toBe(1);
    expect(target.snapshots()).toEqual(expect.arrayContaining(honest));
    expect(target.operator("alarms").output).toBe("1\n");
  }

  test("until then the night forgets by the keep rule and raises no alarm", () => {
    expect([night.status, night.output]).toEqual([0, "mail1: prune done\n"]);
    expect(target.operator("alarms").output).toBe("0\n");
    expect(target.snapshots().sort()).toEqual([...honest].sort());
    expect(target.local("check", "--read-data").status).toBe(0);
  });

  test("empty snapshots with times of the past", () => {
    target.fill(0);
    for (const ago of TEN_DAYS) target.snapshot({ says: ago });
    stopped(/snapshot \w{8} arrived .* and says that it was made .*; and \d+ more|snapshot \w{8} arrived .* and says/);
  });

  test("snapshots of the future", () => {
    target.snapshot({ says: -30 });
    stopped(/and says that it was made/);
  });

  test.each([
    ["its own", []],
    ["another host's", ["--host", "back1"]],
    ["others by their tags", ["--tag", "precious"]],
  ])("empty snapshots at the right time, that pretend to be %s", (_, words) => {
    target.fill(0);
    target.snapshot({ words });
    stopped(/data shrinks: snapshot \w{8}, arrived .*, has \d+ bytes, most before have \d+/);
  });

  test("snapshots of full size every day push out what is as old as them, and nothing of the days before", () => {
    const kept = TEN_DAYS.slice(0, 5).map((_, index) => honest[index]);
    // The break-in was five days ago, after that day's first backup.
    for (const ago of [5.05, 4.05, 3.05, 2.05, 1.05, 0.05]) {
      target.fill(60, `evil ${ago}`);
      target.snapshot({ ago });
    }
    expect(target.upkeep("prune")).toMatchObject({ status: 0 });
    expect(target.snapshots()).toEqual(expect.arrayContaining(kept));
  });

  test("thousands of tiny ones", () => {
    const id = (n: number) => createHash("sha256").update(`tiny ${n}`).digest("hex");
    for (let n = 0; n < 80; n++) expect(target.put("snapshots", id(n), `tiny ${n}`)).toBe(200);
    stopped(/more than 68 snapshots arrived within a day, \w{8} at /);
    const watch = target.upkeep("watch");
    expect([watch.status, watch.output]).toEqual([1, expect.stringMatching(/more than 68 snapshots/)]);
  });

  test("one that nobody can read; the operator drops it, and the next night prunes again", () => {
    const rubbish = "rubbish";
    const id = createHash("sha256").update(rubbish).digest("hex");
    target.put("snapshots", id, rubbish);
    stopped(new RegExp(`snapshot ${id.slice(0, 8)}, arrived .*, cannot be read`));
    expect(target.operator("drop", "mail1", id.slice(0, 8)).output).toMatch(/^mail1: 1 dropped\./);
    expect(target.upkeep("prune")).toMatchObject({ status: 0 });
    expect(target.snapshots().sort()).toEqual([...honest].sort());
  });

  test("a heap of keys, among which restic would not find ours", () => {
    for (let n = 0; n < 3; n++) {
      const key = JSON.stringify({ n });
      target.put("keys", createHash("sha256").update(key).digest("hex"), key);
    }
    stopped(/a second key \w{8} arrived/);
  });

  test("all since the break-in is dropped at one word; what was before stays", () => {
    target.fill(0);
    for (const ago of [3, 2, 1]) target.snapshot({ says: ago });
    stopped(/and says that it was made/);
    const moment = new Date(Date.now() - 60 * 60_000).toISOString().slice(0, 16);
    expect(target.operator("drop", "mail1", `since=${moment}`).output).toMatch(/^mail1: 3 dropped/);
    expect(target.upkeep("prune")).toMatchObject({ status: 0 });
    expect(target.snapshots().sort()).toEqual([...honest].sort());
    expect(target.operator("alarms").output).toBe("0\n");
  });

  test("less data that is right: the operator accepts it, and from then on it is the measure", () => {
    target.fill(10);
    const less = target.snapshot();
    stopped(/data shrinks/);
    expect(target.operator("accept", "mail1", less.slice(0, 8)).status).toBe(0);
    target.fill(9);
    target.snapshot();
    expect(target.upkeep("prune")).toMatchObject({ status: 0 });
  });

  test("an index that says that old data also stands in a file with rubbish in it", () => {
    target.fill(50, "0");
    const evil = copyWithout(target, ["snapshots", "index", "data"]);
    evil.restic("backup", "--quiet", `${target.folder}/source`);
    const [pack = ""] = evil.files("data").filter((path) => statSync(path).size > 40_000);
    const bytes = readFileSync(pack).fill(0, 1000, 10_000);
    const name = createHash("sha256").update(bytes).digest("hex");
    rmSync(pack);
    mkdirSync(`${evil.path}/data/${name.slice(0, 2)}`, { recursive: true });
    writeFileSync(`${evil.path}/data/${name.slice(0, 2)}/${name}`, bytes);
    evil.restic("repair", "index");
    for (const kind of ["data", "index"])
      for (const path of evil.files(kind)) expect(target.put(kind, basename(path), readFileSync(path))).toBe(200);

    stopped(/data that is there twice, and something is damaged/);
    target.run("rm", [`${target.repository()}/data/${name.slice(0, 2)}/${name}`]);
    target.local("repair", "index");
    expect(target.local("check", "--read-data")).toMatchObject({ status: 0 });
  });
});

/** A copy of a repository, with its keys, for a client that knows restic's format. */
function copyWithout(target: RealTarget, kinds: string[]) {
  const path = `${target.folder}/evil`;
  cpSync(target.repository(), path, { recursive: true });
  const files = (kind: string) =>
    readdirSync(`${path}/${kind}`, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => `${entry.parentPath}/${entry.name}`);
  for (const kind of kinds) for (const file of files(kind)) rmSync(file);
  const restic = (...words: string[]) =>
    target.run("restic", ["--no-cache", "--repo", path, ...words], { RESTIC_PASSWORD: "repository" });
  return { path, files, restic };
}
