/** `postfleet:dns:Zone`: the records of one zone that are ours, observed, compared, written, published and seen. */
import type {
  Changes,
  CheckFailure,
  Made,
  PartialState,
  Reporter,
  ResourceHandler,
  ResourceState,
} from "../../handler";
import { hasUnknown, type Preview, UNKNOWN } from "../../values";
import type { DnssecStatus, ZoneBackend } from "./backends/backend";
import { checkZone } from "./check";
import { conflicts, refusalOf, settle } from "./conflicts";
import type { ZoneInputs, ZoneOutputs } from "./contract";
import { changesRecords, diffSets, diffSettings, knownInputs } from "./diff";
import { dnssecOf, ensureDnssec, explainDnssec } from "./dnssec";
import { explain, explainNew } from "./explain";
import { idOf, imported } from "./import";
import { keyOf, type LiveRecord, ZoneMissing, ZoneUnreachable } from "./model";
import { canonicalSets, type Plan, plan, replaced, type Sets, view } from "./ownership";
import { awaitServers, type ServerWatch, serialsNow } from "./publication";
import { now, outputsOf, ownedOf, settingsOf, spelled } from "./remembered";

type State = ResourceState<ZoneInputs, ZoneOutputs>;
type Found = PartialState<ZoneInputs, ZoneOutputs>;
type Wanted = Preview<ZoneInputs>;

/** What a read saw. */
interface Seen {
  live: LiveRecord[];
  dnssec: DnssecStatus | undefined;
}

/** What the handler needs of the world. */
export interface ZoneWorld extends ServerWatch {
  /** Whoever serves the zone; `owned` is for the backend that nobody serves. */
  backend(inputs: Pick<ZoneInputs, "zone" | "backend">, owned: Sets): ZoneBackend;
  /** The backend that an import by the bare name of a zone means. */
  importFrom(id: string): Pick<ZoneInputs, "zone" | "backend">;
}

export class ZoneHandler implements ResourceHandler<ZoneInputs, ZoneOutputs> {
  readonly refreshBeforeUpdate = true;
  readonly secretOutputs = [];
  /** What a read of this run saw, so that the diff need not ask again. */
  private readonly seen = new Map<string, Seen>();
  /** Which resource declares a zone: two of them would undo each other's work. */
  private readonly claims = new Map<string, string>();

  constructor(private readonly world: ZoneWorld) {}

  check(urn: string, inputs: Wanted): CheckFailure[] {
    const failures = checkZone(inputs);
    const first = this.claims.get(inputs.zone) ?? urn;
    this.claims.set(inputs.zone, first);
    if (first !== urn && inputs.zone !== UNKNOWN) {
      const other = first.split("::").pop();
      const reason = `the zone ${inputs.zone} is declared by "${other}" already\n  hint: one resource has all records of a zone`;
      failures.push({ property: "zone", reason });
    }
    return failures;
  }

  async diff(state: State, news: Wanted, report: Reporter, afterRead: boolean): Promise<Changes> {
    const before = state.inputs;
    const { inputs: after, unknown } = knownInputs(news);
    const settings = diffSettings(before, after);
    if (Object.values(settings).includes("update-replace")) return settings;
    const owned = ownedOf(state.outputs);
    const wanted = canonicalSets(after.records, after.ttl);
    if (afterRead) {
      const read = canonicalSets(before.records, before.ttl);
      return diffSets(read, read, wanted);
    }
    const known = settings.backend ? undefined : this.seen.get(state.id);
    const backend = this.world.backend(after, owned);
    const live = known?.live ?? (await backend.read());
    const waiting = unknown.map(setKeyOf);
    const settled = new Map([...owned].filter(([key]) => !waiting.includes(key) && !unknown.includes("records")));
    const shown = view(settled, live);
    const changes = { ...settings, ...diffSets(settled, shown, wanted) };
    for (const path of unknown) changes[path] = "update";
    if (Object.keys(changes).length === 0) {
      const problem = refusalOf(after.zone, conflicts(after.zone, settled, wanted, live), after.takeOver);
      if (problem) report.warn(`${problem.message}\nhint: ${problem.hint}`);
      return changes;
    }
    const planned = this.planned(after, settled, wanted, live);
    const signed = settings.dnssec && (known?.dnssec ?? (await dnssecOf(backend, after)));
    if (planned.changes.length > 0 || settings.dnssec) await backend.authorise?.(after.dnssec === true);
    const notes = explainDnssec(signed, before.dnssec !== undefined);
    const text = explain(titleOf(after), settled, shown, wanted, planned, unknown, notes);
    if (text) report.info(text);
    return changes;
  }

  async create(_urn: string, news: Wanted, preview: boolean, report: Reporter): Promise<Made<ZoneOutputs>> {
    if (preview) return { id: "", outputs: await this.previewed(news, new Map(), report) };
    const wanted = allKnown(news);
    await this.converge(wanted, new Map(), report);
    return { id: idOf(wanted), outputs: outputsOf(wanted, now()) };
  }

  async read(state: Found, report: Reporter): Promise<Found | undefined> {
    const { zone, backend: spec, records = {} } = state.inputs;
    const isImport = zone === undefined || spec === undefined;
    const inputs: ZoneInputs = isImport
      ? { ...this.world.importFrom(state.id), records: {} }
      : { ...state.inputs, zone, backend: spec, records };
    const owned = ownedOf(state.outputs);
    if (isImport) return imported(state.id, inputs, await this.world.backend(inputs, owned).read());
    try {
      const backend = this.world.backend(inputs, owned);
      const [live, dnssec] = await Promise.all([backend.read(), dnssecOf(backend, inputs)]);
      this.seen.set(state.id, { live, dnssec });
      const found = dnssec === undefined ? inputs : { ...inputs, dnssec: dnssec === "enabled" };
      return { ...state, inputs: { ...found, records: spelled(state.outputs, view(owned, live)) } };
    } catch (error) {
      // This was asked with the credentials of the last update; those of the program may do better (see diff).
      report.warn(`the zone ${inputs.zone} could not be read: ${(error as Error).message}`);
      return state;
    }
  }

  async update(state: State, news: Wanted, preview: boolean, report: Reporter): Promise<Preview<ZoneOutputs>> {
    const owned = ownedOf(state.outputs);
    const kept = changesRecords(state.inputs, news, owned) ? undefined : state.outputs.published;
    if (preview) return { ...settingsOf(news), owned: state.outputs.owned ?? {}, published: kept ?? UNKNOWN };
    const wanted = allKnown(news);
    await this.converge(wanted, owned, report);
    return outputsOf(wanted, kept ?? now());
  }

  /** Removes what is ours and as we wrote it; what somebody changed stays. */
  async delete(state: State, report: Reporter): Promise<void> {
    const { inputs } = state;
    const owned = ownedOf(state.outputs);
    const backend = this.world.backend(inputs, owned);
    try {
      const { changes, left } = await this.fresh(backend, inputs, owned, new Map());
      for (const { name, type, value } of left)
        report.warn(`${name} ${type} ${value} was changed by somebody, and stays`);
      await backend.authorise?.(false);
      if (changes.length > 0) await backend.write(changes, (message) => report.progress(message));
      await backend.publish();
    } catch (error) {
      if (!(error instanceof ZoneMissing)) throw error;
      report.warn(`${error.message}: its records are only forgotten`);
    }
  }

  /** What a zone that is new to us will be, or why it cannot. */
  private async previewed(news: Wanted, owned: Sets, report: Reporter): Promise<Preview<ZoneOutputs>> {
    const outputs = { ...settingsOf(news), published: UNKNOWN };
    if ([news.zone, news.backend].some(hasUnknown)) return outputs;
    const { inputs, unknown } = knownInputs(news);
    const wanted = canonicalSets(inputs.records, inputs.ttl);
    try {
      const backend = this.world.backend(inputs, owned);
      const [live, dnssec] = await Promise.all([backend.read(), dnssecOf(backend, inputs)]);
      const planned = this.planned(inputs, owned, wanted, live);
      const signs = dnssec !== undefined && dnssec !== "enabled";
      if (planned.changes.length > 0 || signs) await backend.authorise?.(inputs.dnssec === true);
      report.info(explainNew(titleOf(inputs), wanted, planned, unknown, explainDnssec(dnssec, false)));
    } catch (error) {
      // Its server may be made by this very program.
      if (!(error instanceof ZoneUnreachable)) throw error;
      report.warn(`${error.message}; whether other records are in the way will be known when it does`);
    }
    return outputs;
  }

  private planned(inputs: ZoneInputs, owned: Sets, wanted: Sets, live: readonly LiveRecord[]): Plan {
    const evicted = settle(inputs.zone, conflicts(inputs.zone, owned, wanted, live), inputs.takeOver);
    return plan(owned, wanted, live, evicted);
  }

  /** The plan by what is in the zone at this moment, edits that are not served yet included. */
  private async fresh(backend: ZoneBackend, inputs: ZoneInputs, owned: Sets, wanted: Sets): Promise<Plan> {
    const live = await backend.read();
    const first = this.planned(inputs, owned, wanted, live);
    const pending = await backend.pending?.();
    const keys = new Set(pending ? [...owned.keys(), ...wanted.keys()] : first.changes.map(keyOf));
    if (!backend.readEdited || keys.size === 0) return first;
    return this.planned(inputs, owned, wanted, replaced(live, keys, await backend.readEdited(keys)));
  }

  /** All writes, one publication, then every authoritative server until it answers the change; DNSSEC last. */
  private async converge(inputs: ZoneInputs, owned: Sets, report: Reporter): Promise<void> {
    const wanted = canonicalSets(inputs.records, inputs.ttl);
    const backend = this.world.backend(inputs, owned);
    this.seen.delete(idOf(inputs));
    const { changes, left } = await this.fresh(backend, inputs, owned, wanted);
    await backend.authorise?.(inputs.dnssec === true);
    for (const { name, type, value } of left)
      report.warn(`${name} ${type} ${value} was changed by somebody, and stays`);
    const served = await serialsNow(this.world, backend, inputs.zone);
    if (changes.length > 0) await backend.write(changes, (message) => report.progress(message));
    // Also without a change: an update that was cut off may have written all of it and published nothing.
    await backend.publish();
    await awaitServers(this.world, backend, served, { zone: inputs.zone, changes, wanted }, report);
    await ensureDnssec(backend, inputs, report);
  }
}

/** Of an update everything is known. */
const allKnown = (news: Wanted) => news as ZoneInputs;

const titleOf = ({ zone, backend }: ZoneInputs) => `zone ${zone} (${backend.kind})`;

/** `records["a b"]` -> `a b`. */
const setKeyOf = (path: string) => /^records\["(.*)"\]$/.exec(path)?.[1] ?? "";
