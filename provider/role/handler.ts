/** `postfleet:host:Role`: observe, compare, change and verify one role on one host (design: one flow, not four paths). */

import type { Changes, CheckFailure, Reporter, ResourceHandler, ResourceState } from "../handler";
import { type HostPool, HostUnreachable, knownHashes } from "../host";
import { manifest, type RoleInputs } from "../manifest";
import { UNKNOWN, type ValueMap } from "../values";
import { checkRole } from "./check";
import { Claims } from "./claims";
import { diffRole } from "./diff";
import { explain } from "./explain";
import { drift, earlier, liveInputs } from "./live";

/** Outputs beside the inputs: what the last observation said of the host. */
interface Observed {
  /** Property paths changed on the host, not by Postfleet. */
  drifted?: string[];
  /** Why the host could not be asked. */
  unreachable?: string;
}

export class RoleHandler implements ResourceHandler {
  readonly refreshBeforeUpdate = true;
  readonly secretOutputs = [];
  private pool: HostPool | undefined;
  private readonly claims = new Claims();
  /** Resources just read: the engine asks for one diff of its own then, which is none of the person's. */
  private readonly justRead = new Set<string>();

  /** Called once a run, before anything else. */
  configure(pool: HostPool): void {
    this.pool = pool;
  }

  async close(): Promise<void> {
    await this.pool?.close();
  }

  check(urn: string, news: ValueMap): CheckFailure[] {
    if (unknownParts(news).includes("role")) return [];
    const inputs = roleInputs(news);
    return [...checkRole(inputs), ...this.claims.add(urn, inputs)];
  }

  diff(state: ResourceState, news: ValueMap, report: Reporter): Changes {
    const [live, wanted] = [roleInputs(state.inputs), roleInputs(news)];
    const { drifted = [], unreachable } = state.outputs as unknown as Observed;
    const unknown = unknownParts(news);
    const changes = diffRole(live, unknown.length > 0 ? { ...live, ...withoutUnknown(wanted, unknown) } : wanted);
    for (const part of unknown) changes[part] = "update";
    if (this.justRead.delete(state.id)) return changes;
    if (wanted.host.lost) return changes["host.lost"] ? { "host.lost": changes["host.lost"] } : {};
    if (unreachable) throw new Error(unreachable);
    if (Object.keys(changes).length > 0) report.info(explain(live, wanted, changes, drifted));
    return changes;
  }

  async create(
    _urn: string,
    news: ValueMap,
    preview: boolean,
    report: Reporter,
  ): Promise<{ id: string; outputs: ValueMap }> {
    const wanted = roleInputs(news);
    const id = `${wanted.host.name}/${wanted.role}`;
    if (!preview && !wanted.host.lost)
      await this.connected().apply(wanted.host, wanted, undefined, (step) => report.progress(step.message));
    return { id, outputs: news };
  }

  async read(state: ResourceState, report: Reporter): Promise<ResourceState | undefined> {
    const inputs = roleInputs(state.inputs);
    this.justRead.add(state.id);
    if (inputs.host.lost) return state;
    try {
      const seen = await this.connected().observe(inputs.host, inputs, knownHashes(inputs));
      const note = earlier(seen);
      if (note) report.warn(`${inputs.host.name} ${inputs.role}: ${note}`);
      const live = liveInputs(inputs, seen);
      const drifted = drift(inputs, live);
      const outputs: ValueMap = drifted.length > 0 ? { ...valuesOf(live), drifted } : valuesOf(live);
      return { id: state.id, inputs: valuesOf(live), outputs };
    } catch (error) {
      if (!(error instanceof HostUnreachable)) throw error;
      // Whether that is a fault depends on the site file (`lost: true`), which only the diff knows.
      return { id: state.id, inputs: state.inputs, outputs: { ...state.outputs, unreachable: error.message } };
    }
  }

  async update(state: ResourceState, news: ValueMap, preview: boolean, report: Reporter): Promise<ValueMap> {
    const wanted = roleInputs(news);
    if (!preview && !wanted.host.lost) {
      await this.connected().apply(wanted.host, wanted, roleInputs(state.inputs), (step) =>
        report.progress(step.message),
      );
    }
    return news;
  }

  async delete(state: ResourceState, report: Reporter): Promise<void> {
    const inputs = roleInputs(state.inputs);
    if (inputs.host.lost) {
      report.warn(`${inputs.host.name} is lost: the role ${inputs.role} is only forgotten, nothing is removed there`);
      return;
    }
    await this.connected().remove(inputs.host, inputs);
  }

  private connected(): HostPool {
    if (!this.pool) throw new Error("the provider is not configured yet");
    return this.pool;
  }
}

/** The inputs, with nothing in the place of what a preview cannot know yet (see {@link unknownParts}). */
function roleInputs(values: ValueMap): RoleInputs {
  const known = Object.entries(values).filter(([, value]) => value !== UNKNOWN);
  return { ...manifest("", {}), ...Object.fromEntries(known) } as unknown as RoleInputs;
}

function withoutUnknown(wanted: RoleInputs, unknown: string[]): Partial<RoleInputs> {
  return Object.fromEntries(Object.entries(wanted).filter(([key]) => !unknown.includes(key)));
}

/** Inputs that are not known at all yet. */
function unknownParts(values: ValueMap): string[] {
  return Object.keys(values).filter((key) => values[key] === UNKNOWN);
}

function valuesOf(inputs: RoleInputs): ValueMap {
  return inputs as unknown as ValueMap;
}
