/** Errors that nobody caught: told, and survived, because other hosts are being changed meanwhile (decision 044). */
import { visible } from "../system/visible";

/** What is needed of a process. */
interface Process {
  on(event: "uncaughtException" | "unhandledRejection", listener: (error: unknown) => void): unknown;
}

/** How many are told; more of them are likely to be the same. */
const TOLD = 20;

/**
 * Keeps the process alive. A request that waits for what went wrong is answered by its own time limit; all others never
 * notice. `tell` gets what happened in words.
 */
export function surviveUncaught(of: Process, tell: (message: string) => void): void {
  let count = 0;
  const survive = (what: string) => (error: unknown) => {
    if (++count > TOLD) return;
    const words = error instanceof Error ? (error.stack ?? error.message) : String(error);
    try {
      tell(
        `Postfleet's provider goes on after an ${what}, which is a defect: report it with this message.\n${visible(words)}`,
      );
    } catch {
      // Nobody listens; the work goes on all the same.
    }
  };
  of.on("uncaughtException", survive("error that nobody caught"));
  of.on("unhandledRejection", survive("error that nobody waited for"));
}
