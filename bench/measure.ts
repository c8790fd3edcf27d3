/** Measuring: seconds of wall clock, several runs, the median. */

/** One figure of the benchmark. */
export interface Figure {
  name: string;
  /** Seconds of each run. */
  runs: number[];
}

/** The middle value; of an even number of runs the mean of the middle two. */
export function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  if (sorted.length % 2 === 1) return sorted[middle] ?? Number.NaN;
  return ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2;
}

/** Runs `work` several times; an error ends the benchmark, since a failed run is not a fast one. */
export async function measure(name: string, times: number, work: () => Promise<void>): Promise<Figure> {
  const runs: number[] = [];
  for (let i = 0; i < times; i++) {
    const since = process.hrtime.bigint();
    await work();
    runs.push(Number(process.hrtime.bigint() - since) / 1e9);
  }
  process.stderr.write(`  ✓ ${name}: ${runs.map((run) => run.toFixed(2)).join(", ")} s\n`);
  return { name, runs };
}

/** A goal: what was measured against what it may be at most, both in seconds. */
export interface Goal {
  name: string;
  measured: number;
  /** What the goal is made of, in words. */
  of: string;
  atMost: number;
}

/** The table of goals; the ratio says how much of the allowance was used. */
export function goalsTable(goals: Goal[]): string {
  const rows = goals.map(({ name, measured, of, atMost }) => {
    const ratio = measured / atMost;
    return [
      name,
      `${measured.toFixed(2)} s`,
      `${atMost.toFixed(2)} s = ${of}`,
      ratio.toFixed(2),
      ratio <= 1 ? "met" : "missed",
    ];
  });
  const all = [["what", "measured", "at most", "ratio", "goal"], ...rows];
  const widths = [0, 1, 2, 3, 4].map((column) => Math.max(...all.map((row) => (row[column] ?? "").length)));
  return all
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
