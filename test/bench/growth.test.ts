/** The benchmark of zones: its arithmetic, what it reads of processes, and that its site is one. */
import { join } from "node:path";
import { growthTable, growthVerdict, type Sized, sizesUpTo } from "../../bench/growth";
import { familyOf, parentIn, peakIn, watched } from "../../bench/processes";
import { siteText, zonesOf } from "../../bench/zones-site";
import { loadSite, plan } from "../../plan";
import { newFolder } from "../support/folder";

const sized = (size: number, seconds: number, engine: number): Sized => ({ size, seconds, memory: { engine } });
const LINEAR = [sized(125, 5, 100), sized(250, 8, 150), sized(500, 14, 250), sized(1000, 26, 450)];

test("an eighth, a quarter, a half and the whole", () => {
  expect(sizesUpTo(1000)).toEqual([125, 250, 500, 1000]);
  expect(sizesUpTo(10)).toEqual([2, 3, 5, 10]);
});

test("the table says what one zone takes, and the ratio to the size before", () => {
  expect(growthTable("zones", LINEAR).split("\n")).toEqual([
    "zones  preview     each  times before  engine, peak",
    "  125   5.00 s  40.0 ms             -        100 MB",
    "  250   8.00 s  32.0 ms          1.60        150 MB",
    "  500  14.00 s  28.0 ms          1.75        250 MB",
    " 1000  26.00 s  26.0 ms          1.86        450 MB",
  ]);
});

test("four times the zones may take four times as long and a little more; a second power is named, in time and in memory", () => {
  expect(growthVerdict("zones", LINEAR)).toBe("growth is linear from 250 to 1000 zones");
  expect(growthVerdict("zones", [sized(250, 10, 1), sized(1000, 46, 4.6)])).toContain("is linear");
  expect(growthVerdict("zones", [sized(250, 1, 1), sized(1000, 16, 1)])).toBe(
    "growth is not linear from 250 to 1000 zones\n  time: 16.00 times, at most 4.6 is linear",
  );
  expect(growthVerdict("zones", [sized(250, 1, 1), sized(1000, 4, 5)])).toContain("memory of the engine: 5.00 times");
  // A process that was never seen is no process without memory.
  expect(growthVerdict("zones", [{ ...sized(250, 1, 1), memory: {} }, sized(1000, 4, 5)])).toContain("not linear");
  expect(growthVerdict("zones", [sized(3, 1, 1), sized(5, 1, 1), sized(10, 9, 1)])).toContain("from 3 to 10");
  expect(() => growthVerdict("zones", [sized(1000, 4, 5)])).toThrow("its quarter");
});

test("of /proc: the parent behind a name with parentheses, the peak, and a family of three generations", () => {
  expect(parentIn("12 (a (b) c) S 11 12 12 0")).toBe(11);
  expect(peakIn("Name:\tx\nVmHWM:\t   20480 kB\nVmRSS:\t 1 kB\n")).toBe(20);
  const all = [
    [4, 3],
    [3, 2],
    [2, 1],
    [9, 1],
  ].map(([pid = 0, parent = 0]) => ({ pid, parent, command: "" }));
  expect(familyOf(2, all).map(({ pid }) => pid)).toEqual([2, 3, 4]);
});

test("a command is watched with what it starts, and its failure is told", async () => {
  const env = { ...process.env };
  const fill = `${JSON.stringify(process.execPath)} -e 'const a = Buffer.alloc(90e6, 1); setTimeout(() => a, 600)'; true`;
  const { seconds, memory } = await watched(["sh", "-c", fill], { cwd: "/", env }, ({ pid }, root) =>
    pid === root ? "shell" : "child",
  );
  expect(seconds).toBeGreaterThan(0.5);
  expect(memory.child).toBeGreaterThan(90);
  expect(memory.shell).toBeLessThan(50);
  await expect(watched(["sh", "-c", "echo why; exit 3"], { cwd: "/", env }, () => undefined)).rejects.toThrow(
    /\(3\):\nwhy/,
  );
});

test("the platform is a good site with some 25 record sets a domain, which the account has already", () => {
  const zones = zonesOf(plan(loadSite(join(newFolder({ "site.yaml": siteText(3) }), "site.yaml"))));
  expect(Object.keys(zones)).toEqual(["d1.example", "d2.example", "d3.example"]);
  expect(zones["d3.example"]?.length).toBeGreaterThan(24);
  expect(zones["d3.example"]).toContainEqual(
    expect.objectContaining({ fieldType: "MX", subDomain: "", target: "10 mail1.d1.example." }),
  );
});
