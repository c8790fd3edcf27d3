/** Progress of one long step: a line with the elapsed time, redrawn on a terminal, repeated now and then in a log. */

/** `1:05` for 65 000 milliseconds. */
export function clock(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/** Seconds between two lines where the output is not a terminal. */
const LOG_EVERY = 15;

/** What is needed of standard error. */
export type Sink = Pick<NodeJS.WriteStream, "write"> & { isTTY?: boolean };

/** Runs `work` and shows that it is under way. */
export async function withProgress<T>(
  what: string,
  work: () => Promise<T>,
  sink: Sink = process.stderr,
  every = sink.isTTY ? 1 : LOG_EVERY,
): Promise<T> {
  const since = Date.now();
  const line = (mark: string) => {
    const text = `  ${mark} ${what} (${clock(Date.now() - since)})`;
    sink.write(sink.isTTY ? `\r\x1b[K${text}` : `${text}\n`);
  };
  line("…");
  const timer = setInterval(() => line("…"), every * 1000);
  try {
    const result = await work();
    line("✓");
    return result;
  } catch (error) {
    line("✗");
    throw error;
  } finally {
    clearInterval(timer);
    if (sink.isTTY) sink.write("\n");
  }
}
