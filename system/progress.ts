/** Progress on standard error: what is done, and how long it took. */

/** Where progress goes; tests put something else here. */
export interface Progress {
  /** Runs one step and reports its name and time. Steps that took less than `quiet` seconds and did nothing stay silent. */
  step<T>(what: string, work: () => Promise<T>): Promise<T>;
  note(text: string): void;
}

/** Progress for a terminal or a log. */
export function consoleProgress(stream: NodeJS.WriteStream = process.stderr): Progress {
  const running = new Map<string, number>();
  const seconds = (since: number) => ((Date.now() - since) / 1000).toFixed(1);
  const live = stream.isTTY === true;
  let shown = false;
  const clear = () => {
    if (shown) stream.write("\r\x1b[K");
    shown = false;
  };
  const draw = () => {
    if (!live || running.size === 0) return;
    const text = [...running].map(([what, since]) => `${what} ${seconds(since)} s`).join(" · ");
    clear();
    stream.write(`  … ${text}`.slice(0, (stream.columns ?? 80) - 1));
    shown = true;
  };
  const line = (text: string) => {
    clear();
    stream.write(`${text}\n`);
    draw();
  };
  return {
    async step(what, work) {
      const since = Date.now();
      running.set(what, since);
      // On a terminal the running steps are redrawn in place; in a log each long step says once that it began.
      if (!live) line(`  … ${what}`);
      const timer = live ? setInterval(draw, 500) : undefined;
      try {
        const result = await work();
        running.delete(what);
        line(`  ✓ ${what} (${seconds(since)} s)`);
        return result;
      } catch (error) {
        running.delete(what);
        line(`  ✗ ${what} (${seconds(since)} s)`);
        throw error;
      } finally {
        clearInterval(timer);
      }
    },
    note: (text) => line(`  ${text}`),
  };
}

/** No progress at all. */
export const silent: Progress = { step: (_what, work) => work(), note: () => undefined };
