/** What a kind of resource implements; `server.ts` speaks Pulumi's protocol for it. */
import type { Preview, ValueMap } from "./values";

/** A property that cannot be accepted, with the reason and what to do. */
export interface CheckFailure {
  property: string;
  reason: string;
}

export type ChangeKind = "add" | "delete" | "update" | "add-replace" | "delete-replace" | "update-replace";

/** What differs between what is and what is wanted: property path -> kind of change. */
export type Changes = Record<string, ChangeKind>;

/** Where a handler writes what a person should see while it works. */
export interface Reporter {
  /** Kept in the diagnostics of the run. */
  info(message: string): void;
  warn(message: string): void;
  /** Shown beside the resource while it is being changed, then gone. */
  progress(message: string): void;
}

/** A reporter that says nothing. */
export const SILENT: Reporter = { info() {}, warn() {}, progress() {} };

/** The state of a resource, as far as the provider determines it. All values are known, and without secret marks. */
export interface ResourceState<Inputs = ValueMap, Outputs = ValueMap> {
  id: string;
  inputs: Inputs;
  outputs: Outputs;
}

/** A state of which nothing may be known but the id: that of an import, or of what is still to be made. */
export type PartialState<Inputs, Outputs> = ResourceState<Part<Inputs>, Part<Outputs>>;
type Part<T> = ValueMap extends T ? T : Partial<T>;

/** What a create made; in its preview the id is empty. */
export type Made<Outputs> = { id: string; outputs: Preview<Outputs> };

/**
 * Thrown by create and update when the thing exists but is not ready, as when OVH still works on it: the engine keeps the
 * outputs in the state, and the next run goes on from them.
 */
export class NotReady extends Error {
  constructor(
    readonly id: string,
    readonly outputs: ValueMap,
    /** Why it is not ready; its message and hint are what a person reads. */
    override readonly cause: Error,
  ) {
    super(cause.message);
  }
}

/**
 * How handlers are found: by a type token ("postfleet:host:Role"), or by its first two words for all types of a family.
 * They are loaded at the first call.
 */
export type Families = Record<string, () => Record<string, WireHandler>>;

/** A handler as the server speaks to it, whatever its resource has. */
export type WireHandler = ResourceHandler;

/**
 * One kind of resource. `Inputs` and `Outputs` are the contract with the programs that declare it; `news`, what is wanted,
 * was accepted by {@link ResourceHandler.check} everywhere but in check itself.
 */
export interface ResourceHandler<Inputs = ValueMap, Outputs = ValueMap> {
  /** Re-read the real thing before every preview and update. */
  readonly refreshBeforeUpdate: boolean;
  /** Outputs that are secret whatever the inputs are. */
  readonly secretOutputs: readonly string[];
  /** The values with everything marked (see `secret`) that is secret even where the program did not say so. */
  marks?(values: ValueMap): ValueMap;
  /** Takes nothing for granted: the types of `news` are a promise of the faces, and programs may do without those. */
  check(urn: string, news: Preview<Inputs>): CheckFailure[];
  /**
   * What has to change from the inputs that the real thing shows (see read) to `news`.
   * @param afterRead The engine asks for itself, right after a read: nobody sees what is reported, nothing has to be
   *   looked at again, and nothing is refused.
   */
  diff(
    state: ResourceState<Inputs, Outputs>,
    news: Preview<Inputs>,
    report: Reporter,
    afterRead: boolean,
  ): Promise<Changes> | Changes;
  create(urn: string, news: Preview<Inputs>, preview: boolean, report: Reporter): Promise<Made<Outputs>>;
  /** Undefined: it does not exist any more. */
  read(state: PartialState<Inputs, Outputs>, report: Reporter): Promise<PartialState<Inputs, Outputs> | undefined>;
  /** The new outputs. */
  update(
    state: ResourceState<Inputs, Outputs>,
    news: Preview<Inputs>,
    preview: boolean,
    report: Reporter,
  ): Promise<Preview<Outputs>>;
  delete(state: ResourceState<Inputs, Outputs>, report: Reporter): Promise<void>;
}

/**
 * The crossing from the wire to typed values, the only one: inputs are what the handler's own `check` accepted, outputs what
 * it made itself in this run or an earlier one. Nobody can prove that to the compiler.
 */
export function onTheWire<Inputs, Outputs>(handler: ResourceHandler<Inputs, Outputs>): WireHandler {
  return handler as unknown as WireHandler;
}
