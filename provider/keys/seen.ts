/**
 * `postfleet:dns:Seen`: a gate. It opens when every authoritative server answers the wanted records, so that what depends
 * on it, e.g. signing with a new DKIM key, never comes before the world can verify it.
 */
import { setTimeout as wait } from "node:timers/promises";
import type { Changes, CheckFailure, Reporter, ResourceHandler, ResourceState } from "../handler";
import { equal, hasUnknown, type ValueMap } from "../values";
import { Authorities, type Dns, type Look, type RecordSetRef, type Wanted } from "./look";
import { span } from "./ring";

/** Inputs of the gate. */
interface SeenInputs {
  /** Record sets that must be answered, all of their data as in a zone file. */
  records: (RecordSetRef & { values: string[] })[];
  /** Addresses of the authoritative servers. Default: those the zones are delegated to. */
  servers?: string[];
  /** Seconds to wait. Default 300. */
  timeout?: number;
}

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

export class SeenHandler implements ResourceHandler {
  readonly refreshBeforeUpdate = false;
  readonly secretOutputs = [];

  constructor(private readonly world: SeenWorld) {}

  check(_urn: string, news: ValueMap): CheckFailure[] {
    const { timeout } = news;
    return timeout === undefined || hasUnknown(timeout) || (typeof timeout === "number" && timeout >= 0)
      ? []
      : [{ property: "timeout", reason: `is ${JSON.stringify(timeout)}; a number of seconds is wanted` }];
  }

  /** Where it looks is no change: only other records have to be waited for. */
  diff(state: ResourceState, news: ValueMap): Changes {
    return equal(state.inputs.records, news.records) ? {} : { records: "update" };
  }

  async create(urn: string, news: ValueMap, preview: boolean, report: Reporter) {
    if (!preview) await this.wait(news as unknown as SeenInputs, report);
    return { id: preview ? "" : (urn.split("::").pop() ?? "seen"), outputs: news };
  }

  async read(state: ResourceState): Promise<ResourceState> {
    return state;
  }

  async update(_state: ResourceState, news: ValueMap, preview: boolean, report: Reporter): Promise<ValueMap> {
    if (!preview) await this.wait(news as unknown as SeenInputs, report);
    return news;
  }

  async delete(): Promise<void> {}

  private async wait({ records, servers, timeout = TIMEOUT }: SeenInputs, report: Reporter): Promise<void> {
    const began = this.world.now();
    let wanted = records.map(
      ({ values, ...place }): Wanted => ({
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
  private async lookAt(sets: readonly Wanted[], servers?: readonly string[]) {
    const authorities = new Authorities(this.world.dns, servers);
    const words = ({ unseen, silent }: Look) => [...unseen, ...silent];
    const looks = await authorities.each(sets);
    return looks.map((look, index) => ({ set: sets[index] as Wanted, missing: words(look) }));
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
