/** backup-upkeep at work on a target, with a stand-in for restic. */
import { mkdirSync, writeFileSync } from "node:fs";
import { program } from "../../../roles/shared/program";
import { newFolder } from "../../support/folder";
import { Stub } from "../../support/stub";

/** Runs it for two clients, of which these have a repository; `restic` is what restic does, in shell. */
function upkeep(work: string, restic: string, { repositories = ["mail1", "mail2"] } = {}) {
  const data = newFolder();
  for (const name of repositories) {
    mkdirSync(`${data}/${name}`);
    writeFileSync(`${data}/${name}/config`, "");
  }
  const values = { CLIENTS: ["mail1", "mail2"], DATA: data, DAILY: "3", WEEKLY: "2", MONTHLY: "1" };
  const stub = new Stub("restic", restic);
  const run = stub.runPython(program("backup", "upkeep.py", { values }), [work], { CREDENTIALS_DIRECTORY: "/creds" });
  return { ...run, calls: stub.calls().map((call) => call.replaceAll(data, "DATA")) };
}

const called = (client: string, words: string) =>
  `--no-cache --retry-lock 30m --repo DATA/${client} --password-file /creds/${client} ${words}`;
const FORGET = "forget --prune --group-by host --keep-within 1d --keep-daily 3 --keep-weekly 2 --keep-monthly 1";

/** restic with one snapshot in each repository, made so many minutes from now. */
function snapshot(minutes: number, of = "*"): string {
  const time = new Date(Date.now() + minutes * 60_000).toISOString().replace("Z", "456789Z");
  return `case "$*" in ${of}snapshots*) echo '[{"time": "${time}", "short_id": "beef1234"}]' ;; *snapshots*) echo '[]' ;; esac`;
}

test("prune: every repository by its own password, and the keep rule for all paths together", () => {
  expect(upkeep("prune", snapshot(-10))).toEqual({
    status: 0,
    stdout: "mail1: prune done\nmail2: prune done\n",
    stderr: "",
    calls: ["mail1", "mail2"].flatMap((name) => [called(name, "snapshots --json"), called(name, FORGET)]),
  });
});

test("a snapshot from the future stops the work on its repository alone", () => {
  const { status, stdout, stderr, calls } = upkeep("prune", snapshot(70, "*mail1*"));
  expect([status, stdout]).toEqual([1, "mail2: prune done\n"]);
  expect(stderr).toBe(
    "mail1: prune failed: snapshots from the future: beef1234. Nothing was deleted; is that client safe?\n",
  );
  expect(calls.filter((call) => call.includes("forget"))).toEqual([called("mail2", FORGET)]);
});

test("a client's clock may be wrong by less than an hour", () => {
  expect(upkeep("prune", snapshot(50)).status).toBe(0);
});

test("check reads a thirteenth of every repository, another one every week", () => {
  const { status, calls } = upkeep("check", "");
  expect(status).toBe(0);
  expect(calls).toHaveLength(2);
  const [, week, of] = /^.* check --read-data-subset=(\d+)\/(\d+)$/.exec(calls[0] ?? "") ?? [];
  expect(of).toBe("13");
  expect(Number(week)).toBeGreaterThanOrEqual(1);
  expect(Number(week)).toBeLessThanOrEqual(13);
});

test("a client that has not come yet is no failure", () => {
  const { status, stdout, calls } = upkeep("check", "", { repositories: ["mail2"] });
  expect([status, stdout]).toEqual([0, "mail1: no repository yet\nmail2: check done\n"]);
  expect(calls).toHaveLength(1);
});

test("a repository that fails does not keep the next from its turn", () => {
  const { status, stdout, stderr } = upkeep("check", 'case "$*" in *mail1*) exit 12 ;; esac');
  expect([status, stdout]).toEqual([1, "mail2: check done\n"]);
  expect(stderr).toMatch(/^mail1: check failed: .*exit status 12/);
});
