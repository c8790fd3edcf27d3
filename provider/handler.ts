/** What a kind of resource implements; `server.ts` speaks Pulumi's protocol for it. */
import type { ValueMap } from "./values";

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

/** The state of a resource, as far as the provider determines it. All values are without secret marks. */
export interface ResourceState {
  id: string;
  inputs: ValueMap;
  outputs: ValueMap;
}

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
export type Families = Record<string, () => Record<string, ResourceHandler>>;

/** One kind of resource. */
export interface ResourceHandler {
  /** Re-read the real thing before every preview and update. */
  readonly refreshBeforeUpdate: boolean;
  /** Outputs that are secret whatever the inputs are. */
  readonly secretOutputs: readonly string[];
  /** The values with everything marked (see `secret`) that is secret even where the program did not say so. */
  marks?(values: ValueMap): ValueMap;
  check(urn: string, news: ValueMap): CheckFailure[];
  /**
   * What has to change from the inputs that the real thing shows (see read) to `news`, those that are wanted.
   * @param afterRead The engine asks for itself, right after a read: nobody sees what is reported, nothing has to be
   *   looked at again, and nothing is refused.
   */
  diff(state: ResourceState, news: ValueMap, report: Reporter, afterRead: boolean): Promise<Changes> | Changes;
  create(urn: string, news: ValueMap, preview: boolean, report: Reporter): Promise<Omit<ResourceState, "inputs">>;
  /** Undefined: it does not exist any more. */
  read(state: ResourceState, report: Reporter): Promise<ResourceState | undefined>;
  /** The new outputs. */
  update(state: ResourceState, news: ValueMap, preview: boolean, report: Reporter): Promise<ValueMap>;
  delete(state: ResourceState, report: Reporter): Promise<void>;
}
