/** The rotation of keys as a pure machine: every phase, every reason to wait, and every point at which a run may stop. */
import type { Observed, Phase, RingKey } from "../../../provider/keys/contract";
import { activeKey, changesOf, nextSelector, nextStep, type Policy, span, take } from "../../../provider/keys/ring";

const T0 = Date.parse("2026-01-01T00:00:00Z");
const DAY = 86_400_000;
const at = (days: number) => T0 + days * DAY;
const iso = (days: number) => new Date(at(days)).toISOString();

const key = (selector: string, phase: Phase, day: number, seenDay?: number): RingKey => ({
  ...{ selector, phase, publicKey: `p${selector}`, since: iso(day) },
  ...(seenDay === undefined ? {} : { seenSince: iso(seenDay) }),
});
const seen = (parts: Partial<Observed> = {}): Observed => ({ unseen: [], silent: [], inUse: {}, unread: [], ...parts });
const DKIM: Policy = { rotate: 90 * 86400, retention: 14 * 86400, settle: 0, revokes: true };
const TLS: Policy = { rotate: 90 * 86400, retention: 2 * 3600, settle: 2 * 3600, revokes: false };

interface Row {
  when: string;
  keys: RingKey[];
  observed?: Partial<Observed>;
  policy?: Policy;
  day: number;
  step: string;
  words: RegExp;
}

const rows: Row[] = [
  { when: "young: at rest", keys: [key("r1", "active", 0)], day: 89, step: "none", words: /^$/ },
  {
    when: "old: a successor is made",
    keys: [key("r1", "active", 0)],
    day: 90,
    step: "make r2",
    words: /r1 is 90d old \(rotate: 90d\): r2/,
  },
  {
    ...{
      when: "old, but rotation is not asked for",
      keys: [key("r1", "active", 0)],
      day: 9000,
      step: "none",
      words: /^$/,
    },
    policy: { retention: 1, settle: 0, revokes: true },
  },
  {
    ...{ when: "next, not looked for yet", keys: [key("r1", "active", 0), key("r2", "next", 90)] },
    ...{
      day: 91,
      step: "none",
      words: /r2 is next, and not seen everywhere yet: nobody was asked yet. Until then r1 stays/,
    },
  },
  {
    ...{ when: "next, one server is behind", keys: [key("r1", "active", 0), key("r2", "next", 90)], day: 300 },
    ...{
      observed: { unseen: ["ns2: no such record"] },
      step: "none",
      words: /not seen everywhere yet: ns2: no such record/,
    },
  },
  {
    ...{ when: "next, seen before, now a server is silent", keys: [key("r1", "active", 0), key("r2", "next", 90, 91)] },
    ...{ day: 300, observed: { silent: ["ns2: timeout"] }, step: "none", words: /no step, .*ns2: timeout/ },
  },
  {
    ...{ when: "next and seen: it takes over", keys: [key("r1", "active", 0), key("r2", "next", 90, 90)], day: 90 },
    ...{ step: "activate r2", words: /r2 is seen .* takes over from r1/ },
  },
  {
    ...{ when: "next and seen, rotation taken out of the site file since: what began ends", day: 91 },
    ...{
      keys: [key("r1", "active", 0), key("r2", "next", 90, 90)],
      policy: { retention: 1, settle: 0, revokes: true },
    },
    ...{ step: "activate r2", words: /takes over/ },
  },
  {
    ...{
      when: "TLS: next and seen, but caches may lack it",
      keys: [key("k1", "active", 0), key("k2", "next", 90, 90)],
    },
    ...{ day: 90 + 1 / 24, policy: TLS, step: "none", words: /takes over when no cache can lack it, in 1h/ },
  },
  {
    ...{ when: "TLS: next and seen for long enough", keys: [key("k1", "active", 0), key("k2", "next", 90, 90)] },
    ...{ day: 90 + 2 / 24, policy: TLS, step: "activate k2", words: /takes over/ },
  },
  {
    ...{ when: "retired, within the retention", keys: [key("r2", "active", 90), key("r1", "retired", 90)], day: 103 },
    ...{ step: "none", words: /r1 is retired and still published; it is revoked in 1d/ },
  },
  {
    ...{
      when: "retired, and a failed run left a host with it",
      keys: [key("r2", "active", 90), key("r1", "retired", 90)],
    },
    ...{ day: 160, observed: { inUse: { r1: ["mail2"] } }, step: "none", words: /still at work on mail2/ },
  },
  {
    ...{ when: "retired, and a host does not answer", keys: [key("r2", "active", 90), key("r1", "retired", 90)] },
    ...{ day: 160, observed: { unread: ["mail2 (no SSH connection)"] }, step: "none", words: /nobody knows .* mail2/ },
  },
  {
    ...{
      when: "retired for long, at work nowhere",
      keys: [key("r2", "active", 90), key("r1", "retired", 90)],
      day: 104,
    },
    ...{ step: "revoke r1", words: /at work nowhere: it is revoked/ },
  },
  {
    ...{ when: "TLS: retired for long: it goes at once", keys: [key("k2", "active", 90), key("k1", "retired", 90)] },
    ...{ day: 91, policy: TLS, step: "drop k1", words: /it goes/ },
  },
  {
    ...{ when: "revoked, within the retention", keys: [key("r2", "active", 90), key("r1", "revoked", 104)], day: 105 },
    ...{ step: "none", words: /r1 is revoked; its record goes in 13d/ },
  },
  {
    ...{ when: "revoked for long", keys: [key("r2", "active", 90), key("r1", "revoked", 104)], day: 118 },
    ...{ step: "drop r1", words: /its record goes/ },
  },
  {
    ...{ when: "an end and a beginning are due: the end comes first", day: 200 },
    ...{ keys: [key("r2", "active", 90), key("r1", "revoked", 104)], step: "drop r1", words: /goes/ },
  },
  {
    ...{
      when: "an old key that cannot go stops no rotation",
      keys: [key("r2", "active", 90), key("r1", "retired", 90)],
    },
    ...{ day: 180, observed: { unread: ["mail2 (x)"] }, step: "make r3", words: /r3 is made/ },
  },
  {
    ...{
      when: "the clock was put back: nothing is due",
      keys: [key("r1", "active", 90)],
      day: 0,
      step: "none",
      words: /^$/,
    },
  },
];

test.each(rows)("$when", ({ keys, observed, policy = DKIM, day, step: wanted, words }) => {
  const step = nextStep(keys, seen(observed), policy, at(day));
  expect(step.kind === "none" ? "none" : `${step.kind} ${step.selector}`).toBe(wanted);
  const said = step.kind === "none" ? [step.says, step.warns].filter(Boolean).join("; ") : step.says;
  expect(said).toMatch(words);
});

test("what a preview names is what the step changes", () => {
  const keys = [key("r2", "active", 90), key("r3", "next", 180, 180), key("r1", "retired", 90)];
  const step = (kind: "make" | "activate" | "revoke" | "drop", selector: string) => ({ kind, selector, says: "" });
  expect(changesOf(keys, step("make", "r4"))).toEqual({ "keys.r4": "add" });
  expect(changesOf(keys, step("activate", "r3"))).toEqual({ "keys.r3": "update", "keys.r2": "update" });
  expect(changesOf(keys, step("revoke", "r1"))).toEqual({ "keys.r1": "update" });
  expect(changesOf(keys, step("drop", "r1"))).toEqual({ "keys.r1": "delete" });
  expect(changesOf(keys, { kind: "none" })).toEqual({});
  expect(take(keys, step("activate", "r3"), at(181)).map(({ selector, phase }) => `${selector} ${phase}`)).toEqual([
    "r2 retired",
    "r3 active",
    "r1 retired",
  ]);
});

test("selectors count up, past nine too, and a name never comes back", () => {
  expect(nextSelector([key("r9", "active", 0)], "r")).toBe("r10");
  expect(nextSelector([key("r10", "active", 0), key("r9", "revoked", 0)], "r")).toBe("r11");
  expect(nextSelector([], "e")).toBe("e1");
});

test("a state without an active key is refused, not guessed", () => {
  expect(() => nextStep([key("r1", "next", 0)], seen(), DKIM, at(1))).toThrow(/damaged/);
});

test("times are said in two units", () => {
  expect([0, 59, 3600, 90_061, 86_400 * 14].map(span)).toEqual(["0s", "59s", "1h", "1d 1h", "14d"]);
});

/**
 * A site of two name servers and two hosts under runs that stop anywhere. After each act, what a host signs with must be
 * answered by every server, not void, and some key must be at work.
 */
describe("runs that stop anywhere", () => {
  /** A small generator of its own, so that a failure comes back with its seed (mulberry32). */
  function random(seed: number): () => number {
    let state = seed;
    return () => {
      state = (state + 0x6d2b79f5) | 0;
      let t = Math.imul(state ^ (state >>> 15), 1 | state);
      t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
      return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
    };
  }

  function live(seed: number, policy: Policy, blind?: "dns" | "hosts") {
    const chance = random(seed);
    const published = (keys: readonly RingKey[]) =>
      new Map(keys.map(({ selector, publicKey, phase }) => [selector, phase === "revoked" ? "" : publicKey]));
    let now = T0;
    let keys: RingKey[] = [{ selector: "r1", publicKey: "p1", phase: "active", since: iso(0) }];
    const servers = [published(keys), published(keys)];
    const hosts = ["r1", "r1"];
    const done = new Set<string>();
    const check = () => {
      for (const [index, signs] of hosts.entries())
        for (const server of servers)
          if (!server.get(signs))
            throw new Error(`seed ${seed}: host ${index} signs with ${signs}, which is not published`);
      if (keys.length > 4) throw new Error(`seed ${seed}: ${keys.length} keys pile up`);
    };
    for (let run = 0; run < 60; run++) {
      now += chance() * 40 * DAY;
      // The read: each server may be silent, each host out of reach.
      const next = keys.find(({ phase }) => phase === "next");
      const silent = chance() < 0.1 ? ["ns"] : [];
      const unseen = next && servers.some((server) => server.get(next.selector) !== next.publicKey) ? ["ns"] : [];
      const unread = chance() < 0.1 ? ["mail"] : [];
      const inUse = Object.fromEntries(
        keys
          .filter(({ phase }) => phase === "retired")
          .map(({ selector }) => [selector, hosts.filter((each) => each === selector)]),
      );
      keys = keys.map(({ seenSince, ...each }) =>
        next && each.selector === next.selector && (blind === "dns" || unseen.length + silent.length === 0)
          ? { ...each, seenSince: seenSince ?? new Date(now).toISOString() }
          : each,
      );
      const observed = blind === "hosts" ? seen() : { unseen, silent, inUse, unread };
      const step = nextStep(keys, observed, policy, now);
      keys = take(keys, step, now, step.kind === "make" ? `p${step.selector}` : "");
      if (step.kind !== "none") done.add(step.kind);
      check();
      // Whatever comes after the ring may fail: the run ends, or one server or host is left behind.
      if (chance() < 0.2) continue;
      for (const [index] of servers.entries()) {
        if (chance() < 0.8) servers[index] = published(keys);
        check();
      }
      if (chance() < 0.2) continue;
      const { selector } = activeKey(keys);
      for (const [index] of hosts.entries()) {
        if (chance() < 0.8) hosts[index] = selector;
        check();
      }
    }
    return done;
  }

  test.each([
    ["DKIM", DKIM],
    ["TLS", TLS],
  ])("%s: nobody ever works with a key that is not published, and rotation goes on", (_, policy) => {
    const done = new Set<string>();
    for (let seed = 1; seed <= 300; seed++) for (const kind of live(seed, policy)) done.add(kind);
    expect([...done].sort()).toEqual(["activate", "drop", "make", ...(policy.revokes ? ["revoke"] : [])]);
  });

  test.each(["dns", "hosts"] as const)(
    "the story can fail: blind to %s, mail is signed with keys nobody can find",
    (blind) => {
      expect(() => {
        for (let seed = 1; seed <= 300; seed++) live(seed, DKIM, blind);
      }).toThrow(/seed \d+: host \d signs with r\d+, which is not published/);
    },
  );
});
