/** `postfleet:host:Role`: observe, compare, change and verify one role on one host (design: one flow, not four paths). */
import { isDeepStrictEqual } from "node:util";
import {
  type Changes,
  type CheckFailure,
  type Reporter,
  type ResourceHandler,
  type ResourceState,
  SILENT,
} from "../handler";
import { HostKeyMismatch, type HostPool, HostUnreachable, knownHashes } from "../host";
import { type HostConnection, manifest, type RoleInputs } from "../manifest";
import { hasUnknown, isMap, secret, UNKNOWN, type Value, type ValueMap } from "../values";
import { type Absent, absentFrom, withAbsent } from "./absent";
import { checkRole } from "./check";
import { Claims } from "./claims";
import { diffRole } from "./diff";
import { explain } from "./explain";
import { drift, earlier, liveInputs, recognised } from "./live";

/** Outputs beside the inputs: what the last observation said of the host. */
interface Observed {
  /** Property paths changed on the host, not by Postfleet. */
  drifted?: string[];
  /** What was gone from the host: still looked for, or a file that comes back after a failed update would seem new. */
  absent?: Absent;
  /** Why the host could not be asked. */
  unreachable?: string;
}

/** What is needed of a {@link HostPool}. */
export type Hosts = Pick<HostPool, "observe" | "apply" | "remove" | "recorded">;

export class RoleHandler implements ResourceHandler {
  readonly refreshBeforeUpdate = true;
  readonly secretOutputs = [];
  private readonly claims = new Claims();

  /** `known` by name are for imports, which name only those. */
  constructor(
    private readonly hosts: Hosts,
    private readonly known: Record<string, HostConnection>,
  ) {}

  /** Contents of secret files, also where a program passes them in the open or an import brings them. */
  marks(values: ValueMap): ValueMap {
    const files = roleInputs(values).secretFiles;
    return { secretFiles: Object.fromEntries(Object.keys(files).map((path) => [path, { content: secret("") }])) };
  }

  check(urn: string, news: ValueMap): CheckFailure[] {
    // What a preview does not know yet is checked when it does.
    if ([news.host, news.role].some((value) => hasUnknown(value ?? null))) return [];
    const inputs = roleInputs(news);
    return [...checkRole(inputs), ...this.claims.add(urn, inputs)];
  }

  async diff(state: ResourceState, news: ValueMap, report: Reporter, afterRead: boolean): Promise<Changes> {
    const unknown = unknownParts(news);
    const before = roleInputs(state.inputs);
    const wanted = unknown.length > 0 ? { ...before, ...withoutUnknown(roleInputs(news), unknown) } : roleInputs(news);
    // The read asked where the host was at the last update; where it is now, or who it is now, only the program says.
    const moved = !wanted.host.lost && !sameHost(before.host, wanted.host);
    const seen = moved ? await this.observedAt(wanted.host, state) : state;
    const live = recognised({ ...roleInputs(seen.inputs), host: before.host }, wanted);
    const { drifted = [], unreachable } = seen.outputs as unknown as Observed;
    const changes = diffRole(live, wanted);
    for (const part of unknown) changes[part] = "update";
    if (afterRead) return changes;
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
    if (preview) return { id: "", outputs: withoutContents(news) };
    const id = `${wanted.host.name}/${wanted.role}`;
    await this.apply(wanted, undefined, report);
    return { id, outputs: withoutContents(news) };
  }

  async read(state: ResourceState, report: Reporter): Promise<ResourceState | undefined> {
    if (!state.inputs.host) return this.observed(state.id, await this.imported(state.id), report);
    const inputs = roleInputs(state.inputs);
    if (inputs.host.lost) return state;
    try {
      return await this.observed(state.id, lookedFor(state), report);
    } catch (error) {
      if (!(error instanceof HostUnreachable || error instanceof HostKeyMismatch)) throw error;
      // Whether that is a fault depends on the site file (`lost: true`, a new address, a new pin), which only the diff knows.
      return { id: state.id, inputs: state.inputs, outputs: { ...state.outputs, unreachable: error.message } };
    }
  }

  /** The role as it is on the host that the program names now. */
  private observedAt(host: HostConnection, state: ResourceState): Promise<ResourceState> {
    return this.observed(state.id, { ...lookedFor(state), host }, SILENT);
  }

  private async observed(id: string, inputs: RoleInputs, report: Reporter): Promise<ResourceState> {
    const seen = await this.hosts.observe(inputs.host, inputs, knownHashes(inputs));
    const note = earlier(seen);
    if (note) report.warn(`${inputs.host.name} ${inputs.role}: ${note}`);
    const live = liveInputs(inputs, seen);
    const drifted = drift(inputs, live);
    const absent = absentFrom(inputs, live);
    const outputs: ValueMap = {
      ...withoutContents(valuesOf(live)),
      ...(drifted.length > 0 ? { drifted } : {}),
      ...(absent ? { absent: absent as unknown as ValueMap } : {}),
    };
    return { id, inputs: valuesOf(live), outputs };
  }

  async update(state: ResourceState, news: ValueMap, preview: boolean, report: Reporter): Promise<ValueMap> {
    const wanted = roleInputs(news);
    if (!preview) await this.apply(wanted, roleInputs(state.inputs), report);
    return withoutContents(news);
  }

  /** Brings the host to what is wanted; a lost one is left alone. */
  private async apply(wanted: RoleInputs, previous: RoleInputs | undefined, report: Reporter): Promise<void> {
    if (wanted.host.lost) return;
    await this.hosts.apply(wanted.host, wanted, previous, (step) => report.progress(step.message));
  }

  async delete(state: ResourceState, report: Reporter): Promise<void> {
    const inputs = roleInputs(state.inputs);
    if (inputs.host.lost) {
      report.warn(`${inputs.host.name} is lost: the role ${inputs.role} is only forgotten, nothing is removed there`);
      return;
    }
    await this.hosts.remove(inputs.host, inputs);
  }

  /** A role that is on a host and not in the state: `pulumi import postfleet:host:Role NAME <host>/<role>`. */
  private async imported(id: string): Promise<RoleInputs> {
    const [name = "", role = "", ...more] = id.split("/");
    if (!name || !role || more.length > 0) {
      throw new Error(`"${id}" names no role to import\nhint: it is <host>/<role>, as "mail1/mx"`);
    }
    const host = this.known[name];
    if (!host) {
      const known = Object.keys(this.known).join(", ") || "no host at all";
      throw new Error(
        `there is no host "${name}" to import ${id} from; the provider knows ${known}\n` +
          "hint: declare the host in the site file, and import with the site's provider (--provider postfleet=URN)",
      );
    }
    return { host, ...(await this.hosts.recorded(host, role)) };
  }
}

/** The inputs, with nothing in the place of what a preview cannot know yet (see {@link unknownParts}). */
function roleInputs(values: ValueMap): RoleInputs {
  const known = Object.entries(values).filter(([, value]) => value !== UNKNOWN);
  return { ...manifest("", {}), ...Object.fromEntries(known) } as unknown as RoleInputs;
}

/**
 * What others see of a role, such as policies: everything but the contents of its files. Those are in the inputs, and a
 * second copy of them would be sent to and fro with each call.
 */
function withoutContents(values: ValueMap): ValueMap {
  const bare = (files: Value | undefined): Value | undefined =>
    isMap(files)
      ? Object.fromEntries(
          Object.entries(files).map(([path, file]) => {
            if (!isMap(file)) return [path, file];
            const { content: _, ...rest } = file;
            return [path, rest];
          }),
        )
      : files;
  const { files, secretFiles, ...rest } = values;
  return { ...rest, files: bare(files) ?? {}, secretFiles: bare(secretFiles) ?? {} };
}

/** What a read looks for: what the role names, and what was missing at the last look. */
function lookedFor(state: ResourceState): RoleInputs {
  return withAbsent(roleInputs(state.inputs), (state.outputs as unknown as Observed).absent);
}

/** Whether two connections lead to the same machine. */
function sameHost(one: HostConnection, other: HostConnection): boolean {
  return isDeepStrictEqual({ ...one, lost: undefined }, { ...other, lost: undefined });
}

function withoutUnknown(wanted: RoleInputs, unknown: string[]): Partial<RoleInputs> {
  return Object.fromEntries(Object.entries(wanted).filter(([key]) => !unknown.includes(key)));
}

/** Inputs that are not known yet; a host that is still to be installed is not known as a whole. */
function unknownParts(values: ValueMap): string[] {
  return Object.keys(values).filter(
    (key) => values[key] === UNKNOWN || (key === "host" && hasUnknown(values[key] ?? null)),
  );
}

function valuesOf(inputs: RoleInputs): ValueMap {
  return inputs as unknown as ValueMap;
}
