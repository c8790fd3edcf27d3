/** How long an agent may take. */

/** Time limits of a session, in seconds. */
export interface Limits {
  /** From the start of the process to the agent's first line: sshd, sudo, what a .bashrc does, Python. */
  start: number;
  /** Without any word of the agent while requests are open; what takes longer says that it lives. */
  silence: number;
  /** For a request as a whole, by operation, however much the agent says meanwhile. Default: the silence. */
  total: Readonly<Record<string, number>>;
}

/**
 * The agent says every 15 seconds what it works on (`ALIVE` in agent/main.py). It waits half an hour for an apply of the same role that runs
 * (`PATIENCE` in agent/main.py), and no command of an apply takes longer than ten minutes.
 */
export const LIMITS: Limits = {
  start: 30,
  silence: 90,
  total: { observe: 1860, attach: 1860, recorded: 1860, apply: 7200, remove: 7200 },
};

/** Parts of a limit: a machine that was asleep meanwhile misses one of them, not all. */
const PARTS = 10;

/** Calls once when nothing was heard for a while. */
export class Watch {
  private timer: NodeJS.Timeout | undefined;
  private missed = 0;

  /** Begins at once. */
  constructor(
    private seconds: number,
    private readonly late: () => void,
  ) {
    this.begin();
  }

  /** From here on something must be heard; it does nothing when that is so already. */
  begin(): void {
    if (this.timer) return;
    this.missed = 0;
    const part = (this.seconds * 1000) / PARTS;
    this.timer = setInterval(() => {
      if (++this.missed < PARTS) return;
      this.end();
      this.late();
    }, part);
  }

  heard(): void {
    this.missed = 0;
  }

  end(): void {
    clearInterval(this.timer);
    this.timer = undefined;
  }

  /** Another limit from here on. */
  limit(seconds: number): void {
    this.end();
    this.seconds = seconds;
  }
}
