/** What a host writes, cut into lines of bytes, with a limit: a host must not fill the memory of the machine that asks it. */

/** Bytes of a line: an answer carries the contents of files that were changed by hand, each up to 1 MiB. */
export const LONGEST_LINE = 64 << 20;

/** Collects chunks until a line is whole. */
export class Lines {
  private readonly parts: Buffer[] = [];
  private size = 0;

  constructor(private readonly longest: number) {}

  /** The lines that a chunk completes; undefined when a line is longer than allowed. */
  add(chunk: Buffer): string[] | undefined {
    const lines: string[] = [];
    let start = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, start)) {
      if (!this.keep(chunk.subarray(start, end))) return undefined;
      lines.push(this.rest());
      start = end + 1;
    }
    return this.keep(chunk.subarray(start)) ? lines : undefined;
  }

  /** What has no end yet; it is forgotten. */
  rest(): string {
    const line = Buffer.concat(this.parts).toString("utf8");
    this.parts.length = 0;
    this.size = 0;
    return line;
  }

  /** How a line that is too long begins. */
  start(): string {
    return this.parts[0]?.toString("utf8", 0, 1000) ?? "";
  }

  private keep(part: Buffer): boolean {
    this.size += part.length;
    if (part.length > 0) this.parts.push(part);
    return this.size <= this.longest;
  }
}

/** Bytes that may come before the agent starts, and how many of them are kept for a message. */
const MOST = 1 << 16;
const KEPT = 1000;

/**
 * What comes before the agent's first line: greetings of a .bashrc and the like. The first line has a number that nobody on
 * the host can know beforehand.
 */
export class Banner {
  private kept = "";
  private readonly lines = new Lines(MOST);
  private size = 0;

  constructor(private readonly firstLine: string) {}

  /** What follows the first line, once that is there; "too much" when it does not come. */
  add(chunk: Buffer): Buffer | "too much" | undefined {
    let start = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, start)) {
      const [line = ""] = this.lines.add(chunk.subarray(start, end + 1)) ?? [];
      if (line === this.firstLine) return chunk.subarray(end + 1);
      this.note(`${line}\n`);
      start = end + 1;
    }
    this.size += chunk.length;
    return this.size > MOST || !this.lines.add(chunk.subarray(start)) ? "too much" : undefined;
  }

  /** The first of what was said. */
  said(): string {
    this.note(this.lines.rest());
    return this.kept.trim();
  }

  private note(text: string): void {
    this.kept = (this.kept + text).slice(0, KEPT);
  }
}
