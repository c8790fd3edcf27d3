/** Waiting for what others do in their own time: they are asked again and again. */

/** How often is asked, and for how long. Milliseconds. */
export interface Polling {
  /** Between two questions. */
  everyMs: number;
  /** No question later than this after the first. */
  limitMs: number;
}

/** Asks until there is an answer; undefined when there was none in time. */
export async function until<T>(ask: () => Promise<T | undefined>, polling: Polling): Promise<T | undefined> {
  const end = Date.now() + polling.limitMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined || Date.now() + polling.everyMs > end) return answer;
    await new Promise((resolve) => setTimeout(resolve, polling.everyMs));
  }
}
