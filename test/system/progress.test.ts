import { consoleProgress, duration, type Sink } from "../../system/progress";

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

function kept(terminal: boolean): { sink: Sink; written: string[] } {
  const written: string[] = [];
  return { written, sink: { isTTY: terminal, columns: 30, write: (text) => written.push(String(text)) > 0 } };
}

test("in a log: a line at the beginning, now and then, and at the end", async () => {
  const { sink, written } = kept(false);
  const progress = consoleProgress(sink, { terminal: 1, log: 20 });
  await progress.step("work", () => pause(70));
  expect(written[0]).toBe("  … work\n");
  expect(written[1]).toMatch(/^ {2}… work \(\d\.\d s\)\n$/);
  expect(written.length).toBeGreaterThanOrEqual(4);
  expect(written.at(-1)).toMatch(/^ {2}✓ work \(\d\.\d s\)\n$/);
  const ended = written.length;
  await pause(50);
  expect(written).toHaveLength(ended);
});

test("a step that fails is marked, and its error goes on", async () => {
  const { sink, written } = kept(false);
  await expect(consoleProgress(sink).step("work", () => Promise.reject(new Error("no")))).rejects.toThrow("no");
  expect(written.at(-1)).toMatch(/^ {2}✗ work \(\d\.\d s\)\n$/);
});

test("on a terminal running steps share one line, which is cut where the terminal ends", async () => {
  const { sink, written } = kept(true);
  const progress = consoleProgress(sink, { terminal: 10, log: 1 });
  await Promise.all([progress.step("first", () => pause(60)), progress.step("and second", () => pause(60))]);
  expect(written).toContainEqual(expect.stringMatching(/^ {2}… first \(\d\.\d s\) · and secon$/));
  expect(written.at(-1)).toMatch(/^ {2}✓ /);
});

test.each([
  [0, "0.0 s"],
  [12_340, "12.3 s"],
  [59_960, "1:00 min"],
  [65_000, "1:05 min"],
  [119_700, "2:00 min"],
])("%d ms are %s", (milliseconds, text) => {
  expect(duration(milliseconds)).toBe(text);
});
