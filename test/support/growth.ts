/** How the time of something grows with its input: absolute times say more of the machine than of the program. */

/** Milliseconds of the processor that the quickest of several runs took: the others were disturbed. */
function quickest(run: () => void, times: number): number {
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i < times; i++) {
    const start = process.cpuUsage();
    run();
    const { user, system } = process.cpuUsage(start);
    best = Math.min(best, (user + system) / 1000);
  }
  return best;
}

/**
 * Time of four times the input as a multiple of that of one: 4 where it is linear, 16 where it is quadratic. Below some
 * milliseconds it is noise; they are added to both.
 */
export function growth(prepare: (n: number) => () => void, n: number): number {
  const [small, large] = [prepare(n), prepare(4 * n)];
  small();
  const noise = 5;
  return (quickest(large, 2) + noise) / (quickest(small, 4) + noise);
}

/** Between linear with some luck against it, and quadratic. */
export const MOST_GROWTH = 9;
