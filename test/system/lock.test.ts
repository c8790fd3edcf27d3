import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { withLock } from "../../system/lock";
import { newFolder } from "../support/folder";

let file = "";
beforeEach(() => {
  file = join(newFolder(), "deep", "lock");
});

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

test("two builds never run at once, and the second is told who is first", async () => {
  let running = 0;
  let most = 0;
  const told: number[] = [];
  const seconds: number[] = [];
  const waiting = (pid: number, waited: number) => {
    told.push(pid);
    seconds.push(waited);
  };
  const work = async () => {
    running++;
    most = Math.max(most, running);
    await pause(50);
    running--;
  };
  await Promise.all([1, 2, 3].map(() => withLock(file, waiting, work)));
  expect(most).toBe(1);
  expect(new Set(told)).toEqual(new Set([process.pid]));
  // The first word of a waiting is at 0 seconds, so that it can be said once.
  expect(seconds.filter((waited) => waited === 0)).toHaveLength(2);
  // Nothing is left beside it either.
  expect(readdirSync(dirname(file))).toEqual([]);
});

test("the lock of a process that is gone is taken over, even when its number is in use again", async () => {
  await withLock(
    file,
    () => {},
    async () => {},
  );
  const stale = [
    JSON.stringify({ pid: 999999999, start: "1" }),
    JSON.stringify({ pid: process.pid, start: "1" }),
    "of somebody who wrote it another way",
  ];
  for (const content of stale) {
    writeFileSync(file, content);
    const waiting = jest.fn();
    expect(await withLock(file, waiting, async () => "done")).toBe("done");
    expect(waiting).not.toHaveBeenCalled();
  }
});

test("a failure frees the lock", async () => {
  const failing = withLock(
    file,
    () => {},
    () => Promise.reject(new Error("no")),
  );
  await expect(failing).rejects.toThrow("no");
  expect(existsSync(file)).toBe(false);
});

test("it names its holder from the moment it is there", async () => {
  await withLock(
    file,
    () => {},
    async () => {
      expect(JSON.parse(readFileSync(file, "utf8"))).toEqual({
        pid: process.pid,
        start: expect.stringMatching(/^\d+$/),
      });
    },
  );
});

test("who has waited enough may give up, and the holder keeps the lock", async () => {
  let end = () => {};
  const holding = withLock(
    file,
    () => {},
    () => new Promise<void>((resolve) => (end = resolve)),
  );
  const impatient = (pid: number, seconds: number) => {
    if (seconds >= 0.3) throw new Error(`${pid} is at work`);
  };
  await expect(withLock(file, impatient, async () => {})).rejects.toThrow(`${process.pid} is at work`);
  expect(existsSync(file)).toBe(true);
  end();
  await holding;
});
