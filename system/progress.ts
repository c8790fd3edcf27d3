/** Progress of long work: which steps are under way, which are done, and how long they took. */

/** Where progress goes; tests put something else here. */
export interface Progress {
  /** Runs one step and tells its name and time. */
  step<T>(what: string, work: () => Promise<T>): Promise<T>;
  note(text: string): void;
}

/** What is needed of a stream. */
export type Sink = Pick<NodeJS.WriteStream, "write"> & { isTTY?: boolean; columns?: number };

/** `12.3 s` for 12 300 milliseconds, `1:05 min` for 65 000. */
export function duration(milliseconds: number): string {
  const seconds = milliseconds / 1000;
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  return `${Math.floor(Math.round(seconds) / 60)}:${String(Math.round(seconds) % 60).padStart(2, "0")} min`;
}

/** Milliseconds: on a terminal running steps are drawn again in place; a log hears now and then of a long one. */
const AGAIN = { terminal: 500, log: 15_000 };

/** Progress for a terminal or a log. Default: standard error. */
export function consoleProgress(stream: Sink = process.stderr, again = AGAIN): Progress {
  const running = new Map<string, number>();
  const live = stream.isTTY === true;
  const told = (what: string, since: number) => `${what} (${duration(Date.now() - since)})`;
  let shown = false;
  const clear = () => {
    if (shown) stream.write("\r\x1b[K");
    shown = false;
  };
  const draw = () => {
    if (!live || running.size === 0) return;
    const text = [...running].map(([what, since]) => told(what, since)).join(" · ");
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
      if (!live) line(`  … ${what}`);
      const timer = live
        ? setInterval(draw, again.terminal)
        : setInterval(() => line(`  … ${told(what, since)}`), again.log);
      const ended = (mark: string) => {
        running.delete(what);
        line(`  ${mark} ${told(what, since)}`);
      };
      try {
        const result = await work();
        ended("✓");
        return result;
      } catch (error) {
        ended("✗");
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
