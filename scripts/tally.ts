/** Counting: what several runs of jest and a few other checks came to. */

/** The part of jest's `--json` output that is counted. */
export interface JestReport {
  numPassedTests: number;
  numFailedTests: number;
  numPendingTests: number;
  testResults: { name: string; status: string; assertionResults: unknown[] }[];
}

export interface Tally {
  passed: number;
  failed: number;
  skipped: number;
}

export const NOTHING: Tally = { passed: 0, failed: 0, skipped: 0 };

/** One run of jest. A suite that could not even be loaded has no tests to fail: it counts as one failure itself. */
export function tallyOf(report: JestReport): Tally {
  const broken = report.testResults.filter(
    (suite) => suite.status === "failed" && suite.assertionResults.length === 0,
  ).length;
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + broken,
    skipped: report.numPendingTests,
  };
}

export function add(a: Tally, b: Tally): Tally {
  return { passed: a.passed + b.passed, failed: a.failed + b.failed, skipped: a.skipped + b.skipped };
}

/** The last line of `make test`. */
export function summary(tally: Tally): string {
  return `${tally.passed} passed, ${tally.failed} failed`;
}

/** Exit status: a run in which nothing passed is a failure, too. */
export function statusOf(tally: Tally): number {
  return tally.failed > 0 || tally.passed === 0 ? 1 : 0;
}
