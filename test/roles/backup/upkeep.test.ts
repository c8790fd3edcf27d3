/** The target's programs with a stand-in for restic: which snapshots stay, what the operator can say, and who has his turn. */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { RealTarget } from "./real";

jest.setTimeout(30_000);

const id = (name: string) => createHash("sha256").update(name).digest("hex");

/** Answers for snapshots that are honest, each of 100 bytes, or of as many as stand in its file. */
const HONEST = `
repository=$(printf '%s' "$*" | sed 's/.*--repo \\([^ ]*\\).*/\\1/')
case "$*" in
  *snapshots*)
    printf '['; comma=
    for file in "$repository"/snapshots/*; do
      [ -e "$file" ] || continue
      printf '%s{"id": "%s", "time": "%s"}' "$comma" "$(basename "$file")" "$(date -u -r "$file" +%Y-%m-%dT%H:%M:%S.123456789Z)"; comma=,
    done
    echo ']' ;;
  *stats*) for last; do :; done; size=$(cat "$repository/snapshots/$last"); echo '{"total_size": '"\${size:-100}}" ;;
esac
echo "$*" >>"$HOME/words"`;

/** A repository with snapshots by the moments of their arrival. */
function repository(target: RealTarget, client = "mail1", arrivals: Record<string, string> = {}): void {
  for (const kind of ["snapshots", "keys", "locks"])
    mkdirSync(`${target.repository(client)}/${kind}`, { recursive: true });
  writeFileSync(`${target.repository(client)}/config`, "");
  writeFileSync(`${target.repository(client)}/keys/${id("key")}`, "");
  for (const [name, moment] of Object.entries(arrivals)) {
    const path = `${target.repository(client)}/snapshots/${id(name)}`;
    writeFileSync(path, "");
    utimesSync(path, new Date(moment), new Date(moment));
  }
}

const words = (target: RealTarget) => readFileSync(`${target.folder}/words`, "utf8").trimEnd().split("\n");

/** The names of those that are left after a night. */
function left(arrivals: Record<string, string>, keep = { daily: 0, weekly: 0, monthly: 0 }): string[] {
  const target = RealTarget.still(HONEST, { keep });
  repository(target, "mail1", arrivals);
  expect(target.upkeep("prune")).toMatchObject({ status: 0 });
  return Object.keys(arrivals).filter((name) => target.snapshots().includes(id(name)));
}

describe("the keep rule goes by arrival", () => {
  test("all of the day before the newest stay, however long ago that is", () => {
    const times = { a: "2020-01-01T00:00Z", b: "2020-01-01T12:00Z", c: "2020-01-02T11:00Z", d: "2020-01-02T12:00Z" };
    expect(left(times)).toEqual(["b", "c", "d"]);
  });

  test("of each day the first that arrived, of as many days as are kept; days without any do not count", () => {
    const times = {
      first: "2020-01-01T01:00Z",
      second: "2020-01-03T01:00Z",
      later: "2020-01-03T23:59Z",
      third: "2020-01-09T00:00Z",
      newest: "2020-01-19T00:00Z",
    };
    expect(left(times, { daily: 3, weekly: 0, monthly: 0 })).toEqual(["second", "third", "newest"]);
  });

  test("of weeks and months likewise", () => {
    const times = {
      december: "2019-12-02T01:00Z",
      "week 1": "2019-12-31T01:00Z",
      january: "2020-01-01T01:00Z",
      "week 2": "2020-01-06T01:00Z",
      "its second": "2020-01-07T01:00Z",
      newest: "2020-01-12T23:00Z",
    };
    expect(left(times, { daily: 0, weekly: 2, monthly: 0 })).toEqual(["week 1", "week 2", "newest"]);
    expect(left(times, { daily: 0, weekly: 0, monthly: 2 })).toEqual(["december", "january", "newest"]);
  });

  test("arrival is noted when first seen: a file that is touched later stays what it was", () => {
    const target = RealTarget.still(HONEST);
    repository(target, "mail1", { a: "2020-01-01T00:00Z" });
    target.upkeep("watch");
    utimesSync(`${target.repository()}/snapshots/${id("a")}`, new Date(), new Date());
    expect(target.operator("list", "mail1").output).toBe(`${id("a").slice(0, 8)} 2020-01-01 00:00 - \n`);
  });
});

describe("sizes are compared with what those before mostly have", () => {
  /** The answer of a night to snapshots of these sizes. */
  function night(...sizes: number[]): string {
    const target = RealTarget.still(HONEST);
    const arrivals = sizes.map((size, at) => [size, new Date(Date.UTC(2020, 0, 1, at))] as const);
    repository(target, "mail1", Object.fromEntries(arrivals.map(([, when], at) => [`${at}`, when.toISOString()])));
    for (const [at, [size, when]] of arrivals.entries()) {
      const path = `${target.repository()}/snapshots/${id(`${at}`)}`;
      writeFileSync(path, `${size}`);
      utimesSync(path, when, when);
    }
    return target.upkeep("prune").output;
  }

  test("growth, less by less than half, and a peak of an hour are no alarms", () => {
    expect(night(10, 100, 100, 60, 900, 100)).toBe("mail1: prune done\n");
  });

  test("each that has less than half is named; those do not become what is usual", () => {
    const said = night(100, 100, 40, 40, 40, 40, 100);
    expect(said).toMatch(/^mail1: prune failed: data shrinks: /);
    expect(said.match(/has 40 bytes, most before have 100/g)).toHaveLength(4);
  });
});

describe("every repository has its turn", () => {
  const clients = ["mail1", "mx1"].map((name) => ({ name, addresses: [] }));

  test("a client that has not come yet is no failure", () => {
    const target = RealTarget.still(HONEST, { clients });
    repository(target, "mx1");
    expect(target.upkeep("check")).toEqual({ status: 0, output: "mail1: no repository yet\nmx1: check done\n" });
  });

  test("one that fails does not keep the next from its turn, and is an alarm until it goes well", () => {
    const target = RealTarget.still(
      'case "$*" in *mail1*check*) [ -e "$HOME/well" ] || { echo damage; exit 1; } ;; esac',
      { clients },
    );
    for (const { name } of clients) repository(target, name);
    expect(target.upkeep("check")).toEqual({
      status: 1,
      output: expect.stringMatching(
        /^mx1: check done\nmail1: check failed: restic .* check .* ended with 1: damage\n$/,
      ),
    });
    expect(target.operator("alarms").output).toBe("1\n");
    writeFileSync(`${target.folder}/well`, "");
    expect(target.upkeep("check").status).toBe(0);
    expect(target.operator("alarms").output).toBe("0\n");
  });

  test("check reads a thirteenth of every repository, another one every week", () => {
    const target = RealTarget.still(HONEST);
    repository(target);
    target.upkeep("check");
    const [, week] = /check --read-data-subset=(\d+)\/13$/.exec(words(target).at(-1) ?? "") ?? [];
    expect(Number(week)).toBeGreaterThanOrEqual(1);
    expect(Number(week)).toBeLessThanOrEqual(13);
  });

  test("the password is on no command line and in no environment", () => {
    const target = RealTarget.still(`${HONEST}\nenv >>"$HOME/words"`);
    repository(target, "mail1", { a: "2020-01-01T00:00Z" });
    writeFileSync(`${target.folder}/credentials/mail1`, "SECRET");
    expect(target.upkeep("prune").status).toBe(0);
    expect(words(target).join("\n")).not.toContain("SECRET");
  });

  test("without passwords arrivals are noted and old locks removed all the same", () => {
    const target = RealTarget.still("exit 1", { upkeep: false });
    repository(target, "mail1", { a: "2020-01-01T00:00Z" });
    writeFileSync(`${target.repository()}/locks/${id("old")}`, "");
    utimesSync(`${target.repository()}/locks/${id("old")}`, new Date(0), new Date(0));
    writeFileSync(`${target.repository()}/locks/${id("young")}`, "");
    target.run("rm", ["-r", `${target.folder}/credentials`]);
    expect(target.upkeep("watch").status).toBe(0);
    expect(target.ids("locks")).toEqual([id("young")]);
    expect(target.operator("list", "mail1").output).toContain("2020-01-01 00:00");
  });
});

test("a key that came later may keep restic busy for ever: it is not even asked", () => {
  const target = RealTarget.still(HONEST);
  repository(target, "mail1", { a: "2020-01-01T00:00Z" });
  writeFileSync(`${target.repository()}/keys/${id("later")}`, "");
  writeFileSync(`${target.repository()}/locks/${id("young")}`, "");
  writeFileSync(`${target.repository()}/locks/${id("old")}`, "");
  utimesSync(`${target.repository()}/locks/${id("old")}`, new Date(0), new Date(0));
  utimesSync(`${target.repository()}/keys/${id("key")}`, new Date(0), new Date(0));
  for (const work of ["prune", "check", "watch"] as const)
    expect(target.upkeep(work)).toMatchObject({
      status: 1,
      output: expect.stringContaining(`a second key ${id("later").slice(0, 8)} arrived`),
    });
  expect(target.ids("locks")).toEqual([id("young")]);
  expect(existsSync(`${target.folder}/words`)).toBe(false);
  expect(target.operator("accept", "mail1", id("later").slice(0, 8)).status).toBe(0);
  expect(target.upkeep("watch").status).toBe(0);
});

describe("what the operator says", () => {
  function target(): RealTarget {
    const made = RealTarget.still(HONEST);
    repository(made, "mail1", { a: "2020-01-01T00:00Z", b: "2020-01-02T00:00Z", c: "2020-01-03T00:00Z" });
    return made;
  }
  const short = (name: string) => id(name).slice(0, 8);

  test("is kept, and what was dropped goes with the next prune, be it the newest", () => {
    const made = target();
    expect(made.operator("drop", "mail1", short("c")).status).toBe(0);
    expect(made.operator("accept", "mail1", short("a")).status).toBe(0);
    expect(made.operator("list", "mail1").output).toMatch(/00:00 - accepted\n.*00:00 - \n.*00:00 - dropped\n$/);
    expect(made.upkeep("prune")).toMatchObject({
      status: 0,
      output: `mail1: forgot ${short("c")}\nmail1: prune done\n`,
    });
  });

  test.each([
    ["an id of nothing", ["drop", "mail1", "ffffffff"], /ffffffff names 0 snapshots of mail1, one is expected/],
    ["too short a word", ["accept", "mail1", short("a").slice(0, 2)], /four digits or more/],
    ["all there is", ["drop", "mail1", "since=2019-01-01T00:00"], /nothing would be left of mail1/],
    ["no time", ["drop", "mail1", "since=yesterday"], /yesterday is no time; write it in UTC, as 2026-01-31T14:00/],
    ["the key", ["drop", "mail1", short("key")], /a key is deleted by hand/],
  ])("%s is refused, and nothing is changed", (_, argv, why) => {
    const made = target();
    const run = made.operator(...argv);
    expect([run.status, run.output]).toEqual([1, expect.stringMatching(why)]);
    expect(run.output).toMatch(/Nothing was changed\.\n$/);
    expect(made.operator("list", "mail1").output).not.toMatch(/accepted|dropped/);
  });

  test("a client that is none, or no verb: the usage, with the clients", () => {
    expect(target().operator("list", "mx1")).toMatchObject({
      status: 64,
      output: expect.stringContaining("Clients: mail1"),
    });
    expect(target().operator()).toMatchObject({ status: 64 });
  });
});
