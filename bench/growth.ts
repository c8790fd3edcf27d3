/** Growth: the same work at several sizes, and whether it grows by the same steps. */

/** What one size took. Memory is the peak of each process, in MB. */
export interface Sized {
  size: number;
  /** Seconds of wall clock. */
  seconds: number;
  memory: Record<string, number>;
}

/** A fourfold size may take this much: noise and collecting garbage are no second power, which would be 16. */
const FOURFOLD = 4.6;

/** An eighth, a quarter, a half and the whole of the largest size. */
export const sizesUpTo = (largest: number): number[] => [8, 4, 2, 1].map((part) => Math.ceil(largest / part));

/** One line a size, with what it comes to by the piece, against the size before. */
export function growthTable(what: string, all: Sized[]): string {
  const processes = Object.keys(all[0]?.memory ?? {});
  const head = [what, "preview", "each", "times before", ...processes.map((name) => `${name}, peak`)];
  const rows = all.map(({ size, seconds, memory }, i) => {
    const before = all[i - 1];
    const ratio = before ? (seconds / before.seconds).toFixed(2) : "-";
    const peaks = processes.map((name) => `${Math.round(memory[name] ?? Number.NaN)} MB`);
    return [String(size), `${seconds.toFixed(2)} s`, `${((1000 * seconds) / size).toFixed(1)} ms`, ratio, ...peaks];
  });
  const table = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...table.map((row) => (row[column] ?? "").length)));
  return table.map((row) => row.map((cell, i) => cell.padStart(widths[i] ?? 0)).join("  ")).join("\n");
}

/** What grew faster than the size between a quarter and the whole; empty: growth is linear. */
function faults(quarter: Sized, whole: Sized): string[] {
  const figures: [string, number, number][] = [
    ["time", quarter.seconds, whole.seconds],
    ...Object.keys(whole.memory).map((name): [string, number, number] => [
      `memory of the ${name}`,
      quarter.memory[name] ?? Number.NaN,
      whole.memory[name] ?? Number.NaN,
    ]),
  ];
  return figures
    .filter(([, before, after]) => !(after / before <= FOURFOLD))
    .map(([name, before, after]) => `  ${name}: ${(after / before).toFixed(2)} times, at most ${FOURFOLD} is linear`);
}

/** The verdict in words. Wanted are sizes as of {@link sizesUpTo}. */
export function growthVerdict(what: string, all: Sized[]): string {
  const whole = all.at(-1);
  const quarter = all.find(({ size }) => size * 4 >= (whole?.size ?? Number.NaN));
  if (!whole || !quarter || quarter === whole) throw new Error("growth is judged by a size and its quarter");
  const range = `from ${quarter.size} to ${whole.size} ${what}`;
  const found = faults(quarter, whole);
  return found.length === 0 ? `growth is linear ${range}` : [`growth is not linear ${range}`, ...found].join("\n");
}
