import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { withLock } from "../../../cli/engine/lock";
import { clock, withProgress } from "../../../cli/engine/progress";
import { newFolder } from "../../support/folder";

let file = "";
beforeEach(() => {
  file = join(newFolder(), "deep", "lock");
});

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

test("two builds never run at once, and the second is told who is first", async () => {
  let running = 0;
  let most = 0;
  const told: number[] = [];
  const work = async () => {
    running++;
    most = Math.max(most, running);
    await pause(50);
    running--;
  };
  await Promise.all([1, 2, 3].map(() => withLock(file, (pid) => told.push(pid), work)));
  expect(most).toBe(1);
  expect(told).toContain(process.pid);
  expect(existsSync(file)).toBe(false);
});

test("the lock of a process that is gone is taken over, even when its number is in use again", async () => {
  await withLock(
    file,
    () => {},
    async () => {},
  );
  for (const stale of ["999999999 1", `${process.pid} 1`]) {
    writeFileSync(file, stale);
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

test("progress in a log: a line at the beginning, now and then, and at the end", async () => {
  const lines: string[] = [];
  const sink = { write: (text: string) => lines.push(text) > 0 };
  await withProgress("work", () => pause(55), sink, 0.02);
  expect(lines[0]).toBe("  … work (0:00)\n");
  expect(lines.length).toBeGreaterThanOrEqual(4);
  expect(lines.at(-1)).toBe("  ✓ work (0:00)\n");
  await expect(withProgress("work", () => Promise.reject(new Error("no")), sink, 1)).rejects.toThrow("no");
  expect(lines.at(-1)).toBe("  ✗ work (0:00)\n");
  expect(clock(65_000)).toBe("1:05");
});
