import { add, NOTHING, statusOf, summary, tallyOf } from "../../scripts/tally";

const suite = (status: string, tests: number) => ({
  name: "x.test.ts",
  status,
  assertionResults: Array(tests).fill({}),
});

test("a suite that cannot be loaded counts as a failure", () => {
  const report = { numPassedTests: 4, numFailedTests: 1, numPendingTests: 2 };
  const testResults = [suite("passed", 4), suite("failed", 1), suite("failed", 0)];
  expect(tallyOf({ ...report, testResults })).toEqual({ passed: 4, failed: 2, skipped: 2 });
});

test("the last line sums all runs", () => {
  const total = add({ passed: 3, failed: 0, skipped: 1 }, { passed: 2, failed: 1, skipped: 0 });
  expect(summary(total)).toBe("5 passed, 1 failed");
  expect(statusOf(total)).toBe(1);
});

test("a run in which nothing passed is a failure", () => {
  expect(statusOf(NOTHING)).toBe(1);
  expect(statusOf({ ...NOTHING, passed: 1 })).toBe(0);
});
