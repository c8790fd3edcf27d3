/** Root's agent beside services that were broken into, and system calls that fail: the programs beside this file try it. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

jest.setTimeout(600_000);
let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "postfleet-hostile-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const python = (program: string, ...words: string[]): unknown =>
  JSON.parse(execFileSync("python3", [join(__dirname, program), directory, ...words], { encoding: "utf8" }));

const root = process.getuid?.() === 0;
(root ? test : test.skip)("root follows no service user (needs root, to act as both)", () => {
  const came = python("hostile.py") as Record<string, string>;
  expect(Object.keys(came).length).toBeGreaterThan(10);
  expect(Object.entries(came).filter(([, end]) => end !== "safe")).toEqual([]);
});

(root ? test : test.skip)(
  "a file system without blocks or inodes left: the way back needs none (needs root, to mount)",
  () => {
    expect(python("full.py")).toEqual({ blocks: "as before", inodes: "as before" });
  },
);

test("a full disk, a broken disk and SIGKILL at every system call: as before or as wanted, and nothing lost", () => {
  // Each day another eighth of the calls; POSTFLEET_FAULTS=1 tries them all.
  const step = process.env.POSTFLEET_FAULTS ? 1 : 8;
  const day = Math.floor(Date.now() / 86_400_000);
  const { cases, wrong } = python("faults.py", `${step}`, `${1 + (day % step)}`) as { cases: number; wrong: string[] };
  expect(cases).toBeGreaterThan(100);
  expect(wrong).toEqual([]);
});
