/**
 * `postfleet:dns:Seen`: a gate. It opens when every authoritative server answers the wanted records, so that what depends
 * on it, e.g. signing with a new DKIM key, never comes before the world can verify it.
 */
import { setTimeout as wait } from "node:timers/promises";
import type { Changes, CheckFailure, PartialState, Reporter, ResourceHandler, ResourceState } from "../handler";
import { equal, hasUnknown, type Preview } from "../values";
import type { SeenInputs } from "./contract";
import { Authorities, type Dns, type Look, type WantedSet } from "./look";
import { span } from "./ring";

type State = ResourceState<SeenInputs, SeenInputs>;
type Wanted = Preview<SeenInputs>;

/** Time and name servers; replaced in tests. */
export interface SeenWorld {
  dns: Dns;
  now(): number;
  sleep(milliseconds: number): Promise<unknown>;
}

const TIMEOUT = 300;
const PAUSES = [1000, 1000, 2000, 3000, 5000];

/** One form for the same data: letter case and blanks between character-strings have no meaning outside of quotes. */
const normal = (data: string) =>
  data
    .split(/("(?:[^"\\]|\\.)*")/)
    .map((part) => (part.startsWith('"') ? part : part.toLowerCase().trim().replace(/\s+/g, " ")))
    .join("")
    // How long text is cut into character-strings is the server's choice, RFC 1035 section 3.3.14.
    .replaceAll('""', "");

function same(values: readonly string[], data: readonly string[]): boolean {
  return equal(values.map(normal).sort(), data.map(normal).sort());
}

/** Of an update everything is known. */
const isKnown = (_news: Wanted, preview: boolean): _news is SeenInputs => !preview;

export class SeenHandler implements ResourceHandler<SeenInputs, SeenInputs> {
  readonly refreshBeforeUpdate = false;
  readonly secretOutputs = [];

  constructor(private readonly world: SeenWorld) {}

  check(_urn: string, news: Wanted): CheckFailure[] {
    const { timeout } = news;
    return timeout === undefined || hasUnknown(timeout) || (typeof timeout === "number" && timeout >= 0)
      ? []
      : [{ property: "timeout", reason: `is ${JSON.stringify(timeout)}; a number of seconds is wanted` }];
  }

  /** Where it looks is no change: only other records have to be waited for. */
  diff(state: State, news: Wanted): Changes {
    return equal(state.inputs.records, news.records) ? {} : { records: "update" };
  }

  async create(urn: string, news: Wanted, preview: boolean, report: Reporter) {
    if (isKnown(news, preview)) await this.wait(news, report);
    return { id: preview ? "" : (urn.split("::").pop() ?? "seen"), outputs: news };
  }

  async read(state: PartialState<SeenInputs, SeenInputs>) {
    return state;
  }

  async update(_state: State, news: Wanted, preview: boolean, report: Reporter): Promise<Wanted> {
    if (isKnown(news, preview)) await this.wait(news, report);
    return news;
  }

  async delete(): Promise<void> {}

  private async wait({ records, servers, timeout = TIMEOUT }: SeenInputs, report: Reporter): Promise<void> {
    const began = this.world.now();
    let wanted = records.map(
      ({ values, ...place }): WantedSet => ({
        ...place,
        differs: (data) => (same(values, data) ? undefined : `it answers ${data.join(", ")}`),
      }),
    );
    for (let round = 0; ; round++) {
      const looks = await this.lookAt(wanted, servers);
      // What was seen is not asked for again.
      wanted = looks.filter(({ missing }) => missing.length > 0).map(({ set }) => set);
      const missing = looks.flatMap((each) => each.missing);
      if (missing.length === 0) return;
      const waited = (this.world.now() - began) / 1000;
      if (waited >= timeout) throw refusal(missing, waited);
      report.progress(`waiting for DNS: ${records.length - wanted.length} of ${records.length} seen; ${missing[0]}`);
      const pause = PAUSES[Math.min(round, PAUSES.length - 1)] ?? 0;
      await this.world.sleep(Math.min(pause, timeout * 1000 - waited * 1000));
    }
  }

  /** One look, kept apart for each set. */
  private async lookAt(sets: readonly WantedSet[], servers?: readonly string[]) {
    const authorities = new Authorities(this.world.dns, servers);
    const words = ({ unseen, silent }: Look) => [...unseen, ...silent];
    const looks = await authorities.each(sets);
    return looks.map((look, index) => ({ set: sets[index] as WantedSet, missing: words(look) }));
  }
}

function refusal(missing: string[], waited: number): Error {
  const shown = missing.slice(0, 5).map((each) => `  ${each}`);
  const more = missing.length > 5 ? [`  and ${missing.length - 5} more`] : [];
  const message = `after ${span(waited)} not every authoritative name server answers what is needed:\n${[...shown, ...more].join("\n")}`;
  return Object.assign(new Error(message), {
    hint: "nothing that needs these records was changed. Are the name servers up and reachable from here, and is the zone delegated to them? Then run the update again",
  });
}

/** Waits for real. */
export const seconds: Pick<SeenWorld, "now" | "sleep"> = { now: Date.now, sleep: (ms) => wait(ms) };
