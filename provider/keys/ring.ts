/**
 * A ring of keys of which one is at work and the others come and go: the rotation as a pure state machine.
 *
 * next -> active -> retired -> revoked -> gone, one step a run, and each step only on what was *observed*: a key works
 * when every authoritative server shows it, never because time has passed; a key is taken away when no host holds on to
 * it any more. So a run may stop anywhere, and what signs is always published.
 */
import type { Observed, RingKey } from "./contract";

/** What the site asks for. All times in seconds. */
export interface Policy {
  /** Age at which the active key gets a successor. Absent: never. */
  rotate?: number;
  /** How long a key stays in each phase after it was at work. */
  retention: number;
  /** How long the next key must have been seen, for caches that hold the set without it. */
  settle: number;
  /** Whether a retired key is published as void before it goes. */
  revokes: boolean;
}

/** What is to be done now, and what a person is told. `none` without words: nothing is under way. */
export type RotationStep =
  | { kind: "make" | "activate" | "revoke" | "drop"; selector: string; says: string }
  | { kind: "none"; says?: string; warns?: string };

/** Seconds in words: the two largest units, "13d 4h". */
export function span(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const units = [
    [Math.floor(whole / 86400), "d"],
    [Math.floor(whole / 3600) % 24, "h"],
    [Math.floor(whole / 60) % 60, "min"],
    [whole % 60, "s"],
  ] as const;
  const first = units.findIndex(([count]) => count > 0);
  if (first < 0) return "0s";
  return units
    .slice(first, first + 2)
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${count}${unit}`)
    .join(" ");
}

const ageOf = (since: string, now: number) => (now - Date.parse(since)) / 1000;

/** The key at work. */
export function activeKey(keys: readonly RingKey[]): RingKey {
  const active = keys.find(({ phase }) => phase === "active");
  if (!active) throw new Error("the state of the keys is damaged: none of them is active");
  return active;
}

/** The name after the highest: unique for ever, since the newest key is never the one that goes. */
export function nextSelector(keys: readonly RingKey[], prefix: string): string {
  return `${prefix}${Math.max(0, ...keys.map(({ selector }) => Number(selector.slice(prefix.length)) || 0)) + 1}`;
}

/** The next key comes to work when it is seen, and for long enough. */
function succession(next: RingKey, active: RingKey, seen: Observed, policy: Policy, now: number): RotationStep {
  const { selector } = next;
  if (seen.silent.length > 0) {
    const why = `cannot be asked: ${seen.silent.join("; ")}`;
    return { kind: "none", warns: `${selector} is published; no step, because not every authoritative server ${why}` };
  }
  if (next.seenSince === undefined) {
    const where = seen.unseen.join("; ") || "nobody was asked yet";
    return {
      kind: "none",
      says: `${selector} is next, and not seen everywhere yet: ${where}. Until then ${active.selector} stays`,
    };
  }
  const rest = policy.settle - ageOf(next.seenSince, now);
  if (rest > 0) {
    const says = `${selector} is next and seen everywhere; it takes over when no cache can lack it, in ${span(rest)}`;
    return { kind: "none", says };
  }
  const says = `${selector} is seen at every authoritative server: it takes over from ${active.selector}, which retires`;
  return { kind: "activate", selector, says };
}

/** A retired key goes when nothing can need it any more. */
function retirement(key: RingKey, seen: Observed, policy: Policy, now: number): RotationStep {
  const { selector, since } = key;
  const then = policy.revokes ? "is revoked" : "goes";
  const rest = policy.retention - ageOf(since, now);
  if (rest > 0)
    return { kind: "none", says: `${selector} is retired and still published; it ${then} in ${span(rest)}` };
  const holders = seen.inUse[selector] ?? [];
  if (holders.length > 0) {
    const warns = `${selector} is retired but still at work on ${holders.join(", ")}: it stays published; bring the host up to date`;
    return { kind: "none", warns };
  }
  if (seen.unread.length > 0) {
    const warns = `${selector} is retired; it stays published, because nobody knows what is at work on ${seen.unread.join("; ")}`;
    return { kind: "none", warns };
  }
  return policy.revokes
    ? { kind: "revoke", selector, says: `${selector} is retired since ${since} and at work nowhere: it is revoked` }
    : { kind: "drop", selector, says: `${selector} is retired since ${since} and at work nowhere: it goes` };
}

function disposal({ selector, since }: RingKey, policy: Policy, now: number): RotationStep {
  const rest = policy.retention - ageOf(since, now);
  if (rest > 0) return { kind: "none", says: `${selector} is revoked; its record goes in ${span(rest)}` };
  return { kind: "drop", selector, says: `${selector} is revoked since ${since}: its record goes` };
}

/**
 * The one step of this run. Ends come before beginnings, so that frequent rotation with rare runs never piles up keys.
 *
 * @param now Milliseconds since 1970.
 */
export function nextStep(keys: readonly RingKey[], seen: Observed, policy: Policy, now: number): RotationStep {
  const active = activeKey(keys);
  const next = keys.find(({ phase }) => phase === "next");
  const steps = [
    ...(next ? [succession(next, active, seen, policy, now)] : []),
    ...keys.filter(({ phase }) => phase === "retired").map((key) => retirement(key, seen, policy, now)),
    ...keys.filter(({ phase }) => phase === "revoked").map((key) => disposal(key, policy, now)),
  ];
  const due = steps.find(({ kind }) => kind !== "none");
  if (due) return due;
  const says = steps.flatMap((step) => step.says ?? []);
  const warns = steps.flatMap((step) => (step.kind === "none" ? (step.warns ?? []) : []));
  const age = ageOf(active.since, now);
  if (!next && policy.rotate !== undefined && age >= policy.rotate) {
    const prefix = active.selector.replace(/\d+$/, "");
    const selector = nextSelector(keys, prefix);
    const why = `${active.selector} is ${span(age)} old (rotate: ${span(policy.rotate)})`;
    return {
      kind: "make",
      selector,
      says: `${why}: ${selector} is made and published, and takes over once it is seen everywhere`,
    };
  }
  return {
    kind: "none",
    ...(says.length > 0 ? { says: says.join("; ") } : {}),
    ...(warns.length > 0 ? { warns: warns.join("; ") } : {}),
  };
}

/**
 * The ring after a step.
 *
 * @param publicKey Of the key that the step makes.
 */
export function take(keys: readonly RingKey[], step: RotationStep, now: number, publicKey = ""): RingKey[] {
  if (step.kind === "none") return [...keys];
  const since = new Date(now).toISOString();
  const { kind, selector } = step;
  switch (kind) {
    case "make":
      return [...keys, { selector, publicKey, phase: "next", since }];
    case "activate":
      return keys.map(({ seenSince: _, ...key }) =>
        key.selector === selector
          ? { ...key, phase: "active", since }
          : key.phase === "active"
            ? { ...key, phase: "retired", since }
            : key,
      );
    case "revoke":
      return keys.map((key) => (key.selector === selector ? { ...key, phase: "revoked", since } : key));
    case "drop":
      return keys.filter((key) => key.selector !== selector);
  }
}

/** What a preview names: property path -> kind of change. */
export function changesOf(keys: readonly RingKey[], step: RotationStep): Record<string, "add" | "update" | "delete"> {
  if (step.kind === "none") return {};
  const path = (selector: string) => `keys.${selector}`;
  switch (step.kind) {
    case "make":
      return { [path(step.selector)]: "add" };
    case "activate":
      return { [path(step.selector)]: "update", [path(activeKey(keys).selector)]: "update" };
    case "revoke":
      return { [path(step.selector)]: "update" };
    case "drop":
      return { [path(step.selector)]: "delete" };
  }
}
