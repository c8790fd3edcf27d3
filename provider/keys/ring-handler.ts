/**
 * `postfleet:dkim:Key` and `postfleet:tls:Key`: rings of keys kept in the state, so that a rebuilt site keeps its
 * identity, and rotated step by step as `ring.ts` says. The read looks at the world, the diff names the step, the update takes it.
 */
import type { Changes, CheckFailure, Made, PartialState, Reporter, ResourceHandler, ResourceState } from "../handler";
import { equal, type Preview, UNKNOWN } from "../values";
import type { Observed, RingInputs, RingKey, RingOutputs } from "./contract";
import type { KeyKind } from "./kinds";
import { Authorities, type Dns, type Files, type Held, heldBy, type Look } from "./look";
import { activeKey, changesOf, nextStep, type Policy, type RotationStep, take } from "./ring";

type State = ResourceState<RingInputs, RingOutputs>;
type Found = PartialState<RingInputs, RingOutputs>;
type Wanted = Preview<RingInputs>;

const NOTHING: Observed = { unseen: [], silent: [], inUse: {}, unread: [] };
const FORTNIGHT = 14 * 86400;
/** What a person changes in the site file; the other inputs only say where to look. */
const SETTINGS = ["rotate", "retention", "settle"] as const;

/** The world as the ring sees it; replaced in tests. */
export interface RingWorld {
  dns: Dns;
  files: Files;
  now(): number;
}

export class RingHandler implements ResourceHandler<RingInputs, RingOutputs> {
  readonly refreshBeforeUpdate = true;
  readonly secretOutputs = ["privateKeyPem", "privateKeys"];

  constructor(
    private readonly kind: KeyKind,
    private readonly world: RingWorld,
  ) {}

  check(_urn: string, news: Wanted): CheckFailure[] {
    const { algorithms } = this.kind;
    const failures: CheckFailure[] = [];
    if (news.algorithm !== UNKNOWN && !algorithms.includes(news.algorithm)) {
      const allowed = algorithms.map((name) => `"${name}"`).join(" and ");
      failures.push({
        property: "algorithm",
        reason: `is ${JSON.stringify(news.algorithm)}; allowed are ${allowed}`,
      });
    }
    for (const name of SETTINGS) {
      const value = news[name];
      if (value === undefined || value === UNKNOWN || (typeof value === "number" && value >= 0)) continue;
      failures.push({ property: name, reason: `is ${JSON.stringify(value)}; a number of seconds is wanted` });
    }
    return failures;
  }

  diff(state: State, news: Wanted, report: Reporter): Changes {
    if (state.inputs.algorithm !== news.algorithm) return { algorithm: "update-replace" };
    const { keys, observed } = state.outputs;
    const step = this.step(keys, observed, inputsOf(news));
    this.tell(state.id, keys, step, inputsOf(news), report);
    const set = SETTINGS.filter((name) => !equal(state.inputs[name], news[name]));
    return { ...Object.fromEntries(set.map((name) => [name, "update" as const])), ...changesOf(keys, step) };
  }

  async create(urn: string, news: Wanted, preview: boolean, report: Reporter): Promise<Made<RingOutputs>> {
    const inputs = inputsOf(news);
    // There is nothing else to work with, so the first key is active at once; that nobody signs before it is seen is the
    // business of `postfleet:dns:Seen`.
    const active = `${inputs.prefix ?? "k"}1`;
    const key = { selector: active, phase: "active" as const };
    if (preview) {
      const keys = [{ ...key, publicKey: UNKNOWN, since: UNKNOWN }];
      return {
        id: "",
        outputs: { ...news, keys, active, held: [active], privateKeyPem: UNKNOWN, privateKeys: UNKNOWN },
      };
    }
    const { privateKeyPem, publicKey } = this.kind.make(inputs.algorithm);
    const keys = [{ ...key, publicKey, since: new Date(this.world.now()).toISOString() }];
    const id = urn.split("::").pop() ?? "key";
    this.publish(keys, inputs, report);
    return { id, outputs: withKeys(news, keys, { [active]: privateKeyPem }) };
  }

  /** Looks only where a step depends on it: a ring at rest costs nothing. */
  async read(state: Found): Promise<Found> {
    const { outputs } = state;
    if (!outputs.keys) return state;
    const inputs = inputsOf(state.inputs);
    const [look, inUse] = await Promise.all([
      this.lookForNext(outputs.keys, inputs),
      this.lookForRetired(outputs.keys, inputs),
    ]);
    const keys = outputs.keys.map(({ seenSince, ...key }) => {
      const everywhere = key.phase === "next" && look && look.unseen.length + look.silent.length === 0;
      return everywhere ? { ...key, seenSince: seenSince ?? new Date(this.world.now()).toISOString() } : key;
    });
    const { observed: _, ...rest } = outputs;
    const observed = look || inUse ? { observed: { ...NOTHING, ...look, ...inUse } } : {};
    return { ...state, outputs: { ...rest, keys, held: heldOf(keys), ...observed } };
  }

  async update(state: State, news: Wanted, preview: boolean, report: Reporter): Promise<Preview<RingOutputs>> {
    const inputs = inputsOf(news);
    const { keys, observed, privateKeys } = state.outputs;
    const step = this.step(keys, observed, inputs);
    if (step.kind === "make" && preview) {
      const made = take(keys, step, this.world.now(), UNKNOWN);
      // Without the next key, which nobody holds yet: one unknown entry would make them all unknown.
      const { active, held, privateKeyPem } = state.outputs;
      return { ...news, keys: made, active, held, privateKeyPem, privateKeys };
    }
    const made = step.kind === "make" ? this.kind.make(inputs.algorithm) : undefined;
    const after = take(keys, step, this.world.now(), made?.publicKey);
    const known = made && step.kind === "make" ? { ...privateKeys, [step.selector]: made.privateKeyPem } : privateKeys;
    if (!preview && step.kind !== "none" && step.kind !== "activate") this.publish(after, inputs, report);
    return withKeys(news, after, known);
  }

  async delete(): Promise<void> {}

  private step(keys: RingKey[], observed: Observed | undefined, inputs: RingInputs): RotationStep {
    const { rotate, retention = FORTNIGHT, settle = 0 } = inputs;
    const policy: Policy = {
      ...(rotate ? { rotate } : {}),
      retention,
      settle,
      revokes: this.kind.revokes,
    };
    return nextStep(keys, observed ?? NOTHING, policy, this.world.now());
  }

  private async lookForNext(
    keys: RingKey[],
    { published = [], servers, algorithm }: RingInputs,
  ): Promise<Look | undefined> {
    const next = keys.find(({ phase }) => phase === "next");
    if (!next) return undefined;
    const wanted = this.kind.wanted(published, algorithm, next.selector, next.publicKey);
    return new Authorities(this.world.dns, servers).look(wanted);
  }

  private async lookForRetired(
    keys: RingKey[],
    { holders = [] }: RingInputs,
  ): Promise<Pick<Observed, "inUse" | "unread"> | undefined> {
    const retired = keys.filter(({ phase }) => phase === "retired");
    if (retired.length === 0) return undefined;
    const { held, unread } = await heldBy(this.world.files, holders);
    const active = activeKey(keys);
    const shows = (each: Required<Held>, key: RingKey) => this.kind.shows(each, key.selector, key.publicKey);
    // Only a host that plainly shows the new key, and not the old one, has let go of the old one.
    const holds = (key: RingKey) => (each: Held) =>
      isThere(each) && (each.pending || !shows(each, active) || shows(each, key));
    const inUse = retired.map((key) => [key.selector, held.filter(holds(key)).map(({ holder }) => holder.host.name)]);
    return { inUse: Object.fromEntries(inUse) as Record<string, string[]>, unread };
  }

  /** Which phase it is in and what comes next, for every preview while something is under way. */
  private tell(name: string, keys: RingKey[], step: RotationStep, inputs: RingInputs, report: Reporter): void {
    if (step.says !== undefined) report.info(`${name}: ${step.says}`);
    if (step.kind === "none" && step.warns !== undefined) report.warn(`${name}: ${step.warns}`);
    if (step.kind === "none" && keys.some(({ phase, seenSince }) => phase === "next" && !seenSince))
      this.publish(keys, inputs, report);
  }

  /** Says what the operator has to publish, where nobody else does. */
  private publish(keys: RingKey[], { byHand, published = [], algorithm }: RingInputs, report: Reporter): void {
    if (!byHand || published.length === 0) return;
    const lines = keys.flatMap(({ selector, publicKey, phase }) =>
      this.kind
        .wanted(published, algorithm, selector, publicKey)
        .slice(0, 3)
        .map(({ name }) => `  ${name} ${this.kind.record(algorithm, phase === "revoked" ? "" : publicKey)}`),
    );
    const more = published.length > 3 ? `\n  and the same at ${published.length - 3} further names` : "";
    report.warn(`dns.provider is none: these records have to be published by hand\n${lines.join("\n")}${more}`);
  }
}

const isThere = (held: Held): held is Required<Held> => held.content !== undefined;

/** The inputs, with nothing in the place of what a preview cannot know yet. */
const inputsOf = (values: Partial<Wanted>): RingInputs => {
  const known = Object.entries(values).filter(([, value]) => value !== UNKNOWN);
  return { algorithm: "", ...Object.fromEntries(known) };
};

const heldOf = (keys: RingKey[]): string[] =>
  keys.filter(({ phase }) => phase === "active" || phase === "retired").map(({ selector }) => selector);

/** Outputs with exactly the private keys that are or may come to work, and those a rebuilt host may ask for. */
function withKeys(news: Wanted, keys: RingKey[], all: Record<string, string>): Preview<RingOutputs> {
  const kept = keys.filter(({ phase }) => phase !== "revoked").map(({ selector }) => selector);
  const privateKeys = Object.fromEntries(Object.entries(all).filter(([selector]) => kept.includes(selector)));
  const { selector } = activeKey(keys);
  const privateKeyPem = privateKeys[selector];
  if (privateKeyPem === undefined) throw new Error(`the state of the keys is damaged: no private key for ${selector}`);
  return { ...news, keys, active: selector, held: heldOf(keys), privateKeyPem, privateKeys };
}
