/** Failures on demand: each fault says which calls it hits, how often, and what they get in the place of an answer. */

export interface Fault {
  /** Method; default: every method. */
  method?: string;
  /** Matches the path below the base, as it was sent. */
  path: RegExp;
  /** Status of the answer; any, also 404 for things that appear late. */
  status?: number;
  /** How many calls it hits. Default 1. */
  times?: number;
  /** How many matching calls pass before it begins. Default 0. */
  skip?: number;
  /** The act is done, and only the answer is the fault. Default: nothing is done. */
  afterwards?: boolean;
  /** The body is HTML, as gateways send it. */
  html?: boolean;
  /** The act is done, and the connection is cut in the place of an answer. */
  drop?: boolean;
  /** Message of the error body. */
  message?: string;
  /** Value of a Retry-After header, in seconds. */
  retryAfter?: number;
}

interface Active extends Fault {
  skipped: number;
  hits: number;
}

export class Faults {
  private active: Active[] = [];

  add(fault: Fault): void {
    this.active.push({ ...fault, skipped: 0, hits: 0 });
  }

  clear(): void {
    this.active = [];
  }

  /** Faults that still wait for calls. */
  get pending(): number {
    return this.active.length;
  }

  /** The fault that hits this call, if any; counted. */
  hit(method: string, path: string): Fault | undefined {
    for (const fault of this.active) {
      if ((fault.method && fault.method !== method) || !fault.path.test(path)) continue;
      if (fault.skipped < (fault.skip ?? 0)) {
        fault.skipped++;
        continue;
      }
      fault.hits++;
      if (fault.hits >= (fault.times ?? 1)) this.active = this.active.filter((other) => other !== fault);
      return fault;
    }
    return undefined;
  }
}
