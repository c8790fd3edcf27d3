/** Order among calls: not too many at a time, and one after the other where they would disturb each other. */

/** At most so many jobs at a time; the rest wait in the order in which they came. */
export class Pace {
  private readonly waiting: (() => void)[] = [];
  private free: number;

  constructor(limit: number) {
    this.free = limit;
  }

  async run<T>(job: () => Promise<T>): Promise<T> {
    if (this.free > 0) this.free--;
    else await new Promise<void>((resolve) => this.waiting.push(resolve));
    try {
      return await job();
    } finally {
      const next = this.waiting.shift();
      if (next) next();
      else this.free++;
    }
  }
}

/** Jobs of the same lane run one after the other. */
export class Lanes {
  private readonly last = new Map<string, Promise<unknown>>();

  async run<T>(lane: string, job: () => Promise<T>): Promise<T> {
    const before = this.last.get(lane);
    const turn = before ? before.then(job, job) : job();
    this.last.set(lane, turn);
    try {
      return await turn;
    } finally {
      if (this.last.get(lane) === turn) this.last.delete(lane);
    }
  }
}
