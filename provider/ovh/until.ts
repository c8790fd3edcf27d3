/** Waiting for something that OVH does in its own time. Milliseconds. */

export interface Patience {
  /** Between two questions. */
  everyMs: number;
  /** No question later than this after the first. */
  limitMs: number;
}

/** Asks until there is an answer; undefined when there was none in time. */
export async function until<T>(ask: () => Promise<T | undefined>, patience: Patience): Promise<T | undefined> {
  const end = Date.now() + patience.limitMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined || Date.now() + patience.everyMs > end) return answer;
    await new Promise((resolve) => setTimeout(resolve, patience.everyMs));
  }
}
