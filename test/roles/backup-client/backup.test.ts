/** The program `backup` of a client at work, with a stand-in for restic and targets that take connections. */
import { existsSync, readFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { program } from "../../../roles/shared/program";
import { newFolder } from "../../support/folder";
import { listening } from "../../support/loopback";
import { Stub } from "../../support/stub";

const SNAPSHOT = "cafe5678aaaa";
const SUMMARY = `echo '{"message_type":"summary","snapshot_id":"${SNAPSHOT}"}'`;
/** restic where all is well. */
const WELL = `case "$*" in *" backup "*) ${SUMMARY} ;; esac`;

let target: Server;
let up = 0;
let down = 0;
beforeAll(async () => {
  target = createServer();
  up = await listening(target);
  const closed = createServer();
  down = await listening(closed);
  await new Promise((resolve) => closed.close(resolve));
});
afterAll(() => new Promise((resolve) => target.close(resolve)));

/** A client that is to back up `data`, and what is missing on it; `status` is what an earlier run left. */
function client({ targets = ["back1"], lists = "data\ngone\n", restic = WELL, status = "" } = {}) {
  const root = newFolder({
    "data/mail": "",
    ...Object.fromEntries(targets.map((name) => [`etc/${name}.env`, `# owned\nRESTIC_PASSWORD=${name}=$x\n`])),
    ...(status ? { "status.json": status } : {}),
  });
  const list = newFolder({
    one: `# owned\n\n${lists.replace(/^(?=.)/gm, `${root}/`)}`,
    two: lists.replace(/^(?=.)/gm, `${root}/`),
  });
  const values = {
    TARGETS: Object.fromEntries(targets.map((name) => [name, ["127.0.0.1", name.startsWith("down") ? down : up]])),
    STATUS: `${root}/status.json`,
    SETTINGS: `${root}/etc`,
    LISTS: list,
  };
  const stub = new Stub("restic", restic, ["RESTIC_PASSWORD"]);
  const run = stub.runPython(program("backup-client", "backup.py", { values }));
  return {
    ...run,
    root,
    calls: stub.calls().map((call) => call.replaceAll(root, "")),
    left: JSON.parse(readFileSync(`${root}/status.json`, "utf8").replaceAll(root, "")),
  };
}

const called = (words: string, name = "back1") => `${name}=$x --retry-lock 5m ${words}`;
const BACKUP = "backup --json --one-file-system --tag postfleet /data";

test("what is listed and there is backed up, once, with the password of the target", () => {
  const { status, stdout, stderr, calls, left, root } = client();
  expect([status, stderr, stdout]).toEqual([0, "", "back1: snapshot cafe5678\n"]);
  expect(calls).toEqual([called("cat config"), called(BACKUP)]);
  expect(left).toEqual({
    back1: {
      lastTry: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00$/),
      lastSuccess: left.back1.lastTry,
      snapshot: "cafe5678",
      paths: ["/data"],
      problem: null,
    },
  });
  expect(existsSync(`${root}/status.json.new`)).toBe(false);
});

test("a repository that is not there is made", () => {
  const { status, calls } = client({ restic: `case "$*" in *config) exit 10 ;; *" backup "*) ${SUMMARY} ;; esac` });
  expect(status).toBe(0);
  expect(calls).toEqual([called("cat config"), called("init"), called(BACKUP)]);
});

test("files that could not be read are a problem of a snapshot that is there", () => {
  const restic = `case "$*" in *" backup "*) ${SUMMARY}; echo "cannot read x" >&2; exit 3 ;; esac`;
  const { status, left } = client({ restic });
  expect(status).toBe(0);
  expect(left.back1).toMatchObject({ snapshot: "cafe5678", problem: "cannot read x", lastSuccess: left.back1.lastTry });
});

test("a target that is down does not stop the next one, and what is known of it stays", () => {
  const before = { lastSuccess: "2026-01-01T00:00:00+00:00", snapshot: "old", paths: ["/data"] };
  const { status, stdout, calls, left } = client({
    targets: ["down1", "back1"],
    status: JSON.stringify({ down1: before, removed: before }),
  });
  expect(status).toBe(1);
  expect(stdout).toMatch(/^down1: 127\.0\.0\.1 port \d+ does not answer: .*\nback1: snapshot cafe5678\n$/);
  expect(calls).toEqual([called("cat config"), called(BACKUP)]);
  expect(left.down1).toMatchObject({ ...before, problem: expect.stringContaining("does not answer") });
  expect(Object.keys(left)).toEqual(["down1", "back1"]);
});

test.each([
  [
    "the words of restic, their end",
    `case "$*" in *config) printf '%0600d the end' 0 >&2; exit 1 ;; esac`,
    /^0{492} the end$/,
  ],
  ["its words on standard output", `case "$*" in *" backup "*) echo no; exit 1 ;; esac`, /^no$/],
  [
    "its status where it says nothing",
    `case "$*" in *config) exit 10 ;; *init) exit 7 ;; esac`,
    /^restic ended with 7$/,
  ],
])("a failure is %s", (_what, restic, words) => {
  const { status, left } = client({ restic });
  expect(status).toBe(1);
  expect(left.back1.problem).toMatch(words);
  expect(left.back1).not.toHaveProperty("lastSuccess");
});

test("nothing to back up is no failure; a status that cannot be read is written anew", () => {
  const { status, stdout, calls, left } = client({ lists: "gone\n", status: "{" });
  expect([status, stdout, calls]).toEqual([0, "back1: nothing to back up\n", []]);
  expect(left.back1).toEqual({ lastTry: expect.any(String), problem: null });
});
