/**
 * Fuzzing that can be repeated: each input is made from one number, the run is as long as there is time, and what breaks an
 * invariant is made small and kept.
 *
 * `POSTFLEET_FUZZ_SECONDS` is the time of each target (default: {@link SECONDS}); `POSTFLEET_FUZZ_SEED` the number of the
 * first input. By default that follows from the day: all machines try the same, and each day something else.
 */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { random } from "../support/random";
import { minimise, mutate } from "./mutate";

/** Seconds of a target in `make test`: four of them take a minute. */
const SECONDS = 15;
/** Seconds after which an input that is not done hangs. */
const HANGS = 30;
const DAY = 24 * 3600 * 1000;
const CORPUS = join(__dirname, "corpus");

/** The time of each target, in seconds. */
export const seconds = Number(process.env.POSTFLEET_FUZZ_SECONDS ?? SECONDS);

/** What is fuzzed. */
export interface Target {
  /** Of its test file, and of its folder in the corpus. */
  name: string;
  /** Inputs that are right; those of the corpus come to them. */
  seeds: readonly Buffer[];
  /** Words of the format. */
  words: readonly string[];
  /** Throws where an invariant is broken. */
  check(input: Buffer): void | Promise<void>;
}

/** How a run goes; the defaults are those of the environment. */
export interface Run {
  /** Number of the first input. */
  first: number;
  milliseconds: number;
  /** Folder of all corpora. */
  corpus: string;
}

/** Inputs that broke something once, by the name of their file. */
export function kept(name: string, corpus = CORPUS): [string, Buffer][] {
  const folder = join(corpus, name);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .sort()
    .map((file) => [file, readFileSync(join(folder, file))]);
}

/** Runs a target until its time is over; answers how many inputs it tried. Throws at the first that breaks an invariant. */
export async function fuzz(target: Target, run: Partial<Run> = {}): Promise<number> {
  const { name, words } = target;
  const day = Math.floor(Date.now() / DAY) * 1_000_000;
  const {
    first = Number(process.env.POSTFLEET_FUZZ_SEED ?? day),
    milliseconds = seconds * 1000,
    corpus = CORPUS,
  } = run;
  const seeds = [...target.seeds, ...kept(name, corpus).map(([, input]) => input)];
  const end = Date.now() + milliseconds;
  const watch = new HangWatch(name);
  try {
    let seed = first;
    do {
      watch.at(seed);
      const input = mutate(seeds, words, random(seed));
      const fault = await faultOf(target, input);
      if (fault) throw await told(target, seed, input, fault, corpus);
      seed++;
    } while (Date.now() < end);
    return seed - first;
  } finally {
    await watch.end();
  }
}

async function faultOf({ check }: Target, input: Buffer): Promise<Error | undefined> {
  try {
    await check(input);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

/** The fault without what differs from one input to the next. */
const kind = (fault: Error) =>
  `${fault.name}: ${fault.message.split("\n")[0]?.replace(/"[^"]*"|[\d.]+/g, "")}`.slice(0, 80);

async function told(target: Target, seed: number, input: Buffer, fault: Error, corpus: string): Promise<Error> {
  const same = async (smaller: Buffer) => {
    const other = await faultOf(target, smaller);
    return other !== undefined && kind(other) === kind(fault);
  };
  const small = await minimise(input, same, 10_000);
  const folder = join(corpus, target.name);
  mkdirSync(folder, { recursive: true });
  const file = join(folder, createHash("sha256").update(small).digest("hex").slice(0, 12));
  writeFileSync(file, small);
  const shown = JSON.stringify(small.toString("utf8").slice(0, 2000));
  return new Error(
    `POSTFLEET_FUZZ_SEED=${seed} npx jest test/fuzz/${target.name}: ${fault.message.slice(0, 2000)}\n` +
      `the smallest input that does it (${small.length} of ${input.length} bytes) is ${shown}, kept as ${file}`,
    { cause: fault },
  );
}

/** An input that hangs holds the thread of the test: another one says which it was, and ends the process. */
class HangWatch {
  private readonly now = new BigInt64Array(new SharedArrayBuffer(8));
  private readonly worker: Worker;

  constructor(name: string) {
    const code = `
      const { workerData: { now, name, hangs } } = require("node:worker_threads");
      let last;
      setInterval(() => {
        if (last === now[0]) {
          require("node:fs").writeSync(2, "POSTFLEET_FUZZ_SEED=" + last + " npx jest test/fuzz/" + name + ": the input hangs\\n");
          process.kill(process.pid, "SIGKILL");
        }
        last = now[0];
      }, hangs * 1000);`;
    this.worker = new Worker(code, { eval: true, workerData: { now: this.now, name, hangs: HANGS } });
  }

  at(seed: number): void {
    this.now[0] = BigInt(seed);
  }

  async end(): Promise<void> {
    await this.worker.terminate();
  }
}

/** Milliseconds that any input may take, and those that each KiB of it may: some twenty times of what is usual. */
const [LEAST, EACH_KIB] = [300, 15];

/**
 * Does something in time that is linear in the length of its input. The time is the processor's, and the best of three: a busy
 * machine is no fault.
 */
export function inLinearTime<T>(length: number, act: () => T): T {
  const most = LEAST + (EACH_KIB * length) / 1024;
  let took = Number.POSITIVE_INFINITY;
  for (let times = 3; times > 0; times--) {
    const before = process.cpuUsage();
    const result = act();
    const { user, system } = process.cpuUsage(before);
    took = Math.min(took, (user + system) / 1000);
    if (took <= most) return result;
  }
  throw new Error(`slow: ${Math.round(took)} ms of the processor for ${length} bytes`);
}
