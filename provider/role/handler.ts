/** `postfleet:host:Role`: observe, compare, change and verify one role on one host (design: one flow, not four paths). */
import { isDeepStrictEqual } from "node:util";
import {
  type Changes,
  type CheckFailure,
  type Made,
  type PartialState,
  type Reporter,
  type ResourceHandler,
  type ResourceState,
  SILENT,
} from "../handler";
import { AgentFailed, HostKeyMismatch, type HostPool, HostUnreachable, knownHashes } from "../host";
import { type HostConnection, manifest, type RoleInputs } from "../manifest";
import { hasUnknown, isMap, type Preview, secret, UNKNOWN, type ValueMap } from "../values";
import { absentFrom, withAbsent } from "./absent";
import { checkRole } from "./check";
import { Claims } from "./claims";
import type { RoleOutputs } from "./contract";
import { diffRole } from "./diff";
import { explain } from "./explain";
import { drift, earlier, liveInputs, obstacles, recognised, unfinished } from "./live";
import { undeclaredNote } from "./undeclared";

type State = ResourceState<RoleInputs, RoleOutputs>;
type Found = PartialState<RoleInputs, RoleOutputs>;
type Wanted = Preview<RoleInputs>;

/** What is needed of a {@link HostPool}. */
export type Hosts = Pick<HostPool, "observe" | "apply" | "remove" | "recorded">;

/** Errors of a read that is made up for by a diff: the host is not reached, or it does not speak as it should. */
const NOT_READ = [HostUnreachable, HostKeyMismatch, AgentFailed];

export class RoleHandler implements ResourceHandler<RoleInputs, RoleOutputs> {
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
    if ([news.host, news.role].some(hasUnknown)) return [];
    const inputs = roleInputs(news);
    return [...checkRole(inputs), ...this.claims.add(urn, inputs)];
  }

  async diff(state: State, news: Wanted, report: Reporter, afterRead: boolean): Promise<Changes> {
    const unknown = unknownParts(news);
    const before = roleInputs(state.inputs);
    const wanted = unknown.length > 0 ? { ...before, ...withoutUnknown(roleInputs(news), unknown) } : roleInputs(news);
    // The read asked where the host was at the last update; where it is now, or who it is now, only the program says.
    const moved = !wanted.host.lost && !sameHost(before.host, wanted.host);
    const seen = moved ? await this.observedAt(wanted.host, state) : state;
    const live = recognised({ ...roleInputs(seen.inputs), host: before.host }, wanted);
    const { drifted = [], unreachable } = seen.outputs;
    const changes = diffRole(live, wanted);
    for (const part of unknown) changes[part] = "update";
    if (afterRead) return changes;
    if (wanted.host.lost) return changes["host.lost"] ? { "host.lost": changes["host.lost"] } : {};
    if (unreachable) throw new Error(unreachable);
    const note = seen.outputs.undeclared && undeclaredNote(seen.outputs.undeclared, wanted);
    if (note) report.warn(`${wanted.host.name} ${wanted.role}: ${note}`);
    if (Object.keys(changes).length > 0) report.info(explain(live, wanted, changes, drifted));
    return changes;
  }

  async create(_urn: string, news: Wanted, preview: boolean, report: Reporter): Promise<Made<RoleOutputs>> {
    const wanted = roleInputs(news);
    if (preview) return { id: "", outputs: withoutContents(news) };
    const id = `${wanted.host.name}/${wanted.role}`;
    await this.apply(wanted, undefined, report);
    return { id, outputs: withoutContents(news) };
  }

  async read(state: Found, report: Reporter): Promise<Found | undefined> {
    if (!state.inputs.host) return this.observed(state.id, await this.imported(state.id), report);
    const inputs = roleInputs(state.inputs);
    if (inputs.host.lost) return state;
    try {
      return await this.observed(state.id, lookedFor(state), report);
    } catch (error) {
      if (!NOT_READ.some((type) => error instanceof type)) throw error;
      // Whether that is a fault depends on the site file (`lost: true`, a new address, a new pin), which only the diff knows.
      const unreachable = (error as Error).message;
      return { id: state.id, inputs: state.inputs, outputs: { ...state.outputs, unreachable } };
    }
  }

  /** The role as it is on the host that the program names now. */
  private observedAt(host: HostConnection, state: State): Promise<State> {
    return this.observed(state.id, { ...lookedFor(state), host }, SILENT);
  }

  private async observed(id: string, inputs: RoleInputs, report: Reporter): Promise<State> {
    const seen = await this.hosts.observe(inputs.host, inputs, knownHashes(inputs));
    for (const note of [earlier(seen), unfinished(seen), ...obstacles(inputs, seen)]) {
      if (note) report.warn(`${inputs.host.name} ${inputs.role}: ${note}`);
    }
    const live = liveInputs(inputs, seen);
    const drifted = drift(inputs, live);
    const absent = absentFrom(inputs, live);
    const outputs: RoleOutputs = {
      ...withoutContents(live),
      ...(drifted.length > 0 ? { drifted } : {}),
      ...(absent ? { absent } : {}),
      ...(seen.undeclared ? { undeclared: seen.undeclared } : {}),
    };
    return { id, inputs: live, outputs };
  }

  async update(state: State, news: Wanted, preview: boolean, report: Reporter): Promise<Preview<RoleOutputs>> {
    const wanted = roleInputs(news);
    if (!preview) await this.apply(wanted, roleInputs(state.inputs), report);
    return withoutContents(news);
  }

  /** Brings the host to what is wanted; a lost one is left alone. */
  private async apply(wanted: RoleInputs, previous: RoleInputs | undefined, report: Reporter): Promise<void> {
    if (wanted.host.lost) return;
    await this.hosts.apply(wanted.host, wanted, previous, (step) => report.progress(step.message));
  }

  async delete(state: State, report: Reporter): Promise<void> {
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
function roleInputs(values: Partial<Wanted>): RoleInputs {
  const known = Object.entries(values).filter(([, value]) => value !== UNKNOWN);
  return { ...manifest("", {}), ...Object.fromEntries(known) } as RoleInputs;
}

/**
 * What others see of a role, such as policies: everything but the contents of its files. Those are in the inputs, and a
 * second copy of them would be sent to and fro with each call.
 */
function withoutContents<Files extends Preview<Pick<RoleInputs, "files" | "secretFiles">>>(inputs: Files) {
  return { ...inputs, files: bare(inputs.files), secretFiles: bare(inputs.secretFiles) };
}

type Files = Preview<RoleInputs>["files"];

function bare(files: Files | undefined): Preview<RoleOutputs>["files"] {
  if (!isMap(files)) return files ?? {};
  return Object.fromEntries(
    Object.entries(files).map(([path, file]) => {
      if (!isMap(file)) return [path, file];
      const { content: _, ...rest } = file;
      return [path, rest];
    }),
  );
}

/** What a read looks for: what the role names, and what was missing at the last look. */
function lookedFor(state: Found): RoleInputs {
  return withAbsent(roleInputs(state.inputs), state.outputs.absent);
}

/** Whether two connections lead to the same machine. */
function sameHost(one: HostConnection, other: HostConnection): boolean {
  return isDeepStrictEqual({ ...one, lost: undefined }, { ...other, lost: undefined });
}

function withoutUnknown(wanted: RoleInputs, unknown: string[]): Partial<RoleInputs> {
  return Object.fromEntries(Object.entries(wanted).filter(([key]) => !unknown.includes(key)));
}

/** Inputs that are not known yet; a host that is still to be installed is not known as a whole. */
function unknownParts(values: Wanted): string[] {
  return Object.entries(values).flatMap(([name, value]) =>
    value === UNKNOWN || (name === "host" && hasUnknown(value)) ? [name] : [],
  );
}
