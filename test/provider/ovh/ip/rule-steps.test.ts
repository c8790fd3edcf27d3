/** The order of changes to an enabled firewall: every moment between two steps is looked at. */

import type { Rule, Rules } from "../../../../provider/ovh/ip/contract";
import { packetsOf, passing, type RuleStep, steps } from "../../../../provider/ovh/ip/rule-steps";

const established: Rule = { action: "permit", protocol: "tcp", established: true };
const deny: Rule = { action: "deny", protocol: "ipv4" };
const ssh: Rule = { action: "permit", protocol: "tcp", destinationPort: 22 };
const open = (port: number): Rule => ({ action: "permit", protocol: "tcp", destinationPort: port });
const dns: Rule = { action: "permit", protocol: "udp", sourcePort: 53 };
const list = (...rules: Rule[]): Rules => Object.fromEntries(rules.map((rule, i) => [String(i), rule]));

/** Runs the steps; the rules after each of them. */
function moments(old: Rules, found: RuleStep[]): Rules[] {
  const now = { ...old };
  return found.map(({ act, sequence, rule }) => {
    if (act === "delete") delete now[sequence];
    else {
      // The API refuses a second rule with the same number.
      expect(now[sequence]).toBeUndefined();
      now[sequence] = rule;
    }
    return { ...now };
  });
}

/** Kinds of packets that pass at some moment though neither set lets them, and those that are stopped though both do. */
function harm(old: Rules, wanted: Rules, found = steps(old, wanted)): { opened: number; closed: number } {
  const packets = packetsOf([...Object.values(old), ...Object.values(wanted)]);
  const [before, after] = [passing(old, packets), passing(wanted, packets)];
  const all = moments(old, found);
  const ever = (passes: boolean) =>
    packets.filter(
      (_, i) => before[i] !== passes && after[i] !== passes && all.some((now) => passing(now, packets)[i] === passes),
    ).length;
  expect(all.at(-1) ?? old).toEqual(wanted);
  return { opened: ever(true), closed: ever(false) };
}

const base = [established, dns, ssh, open(25), open(465), open(993), deny];

test.each<[string, Rule[], Rule[]]>([
  ["a port more, in the middle", base, [established, dns, ssh, open(80), open(25), open(465), open(993), deny]],
  ["a port more, first of all", base, [open(80), ...base]],
  ["a port less", base, base.filter((rule) => rule.destinationPort !== 25)],
  ["the first rules gone", base, base.slice(2)],
  ["three more before SSH", base, [established, open(1), open(2), open(3), ...base.slice(1)]],
  ["one gone, two come", base, [established, ssh, open(587), open(80), open(25), open(465), open(993), deny]],
  [
    "all 20 in use, one replaced",
    [...base.slice(0, -1), ...ports(13), deny],
    [...base.slice(0, -1), ...ports(12), open(4190), deny],
  ],
])("%s: nothing is open or closed on the way that was not before or is not after", (_, old, wanted) => {
  expect(harm(list(...old), list(...wanted))).toEqual({ opened: 0, closed: 0 });
});

function ports(count: number): Rule[] {
  return Array.from({ length: count }, (_, i) => open(10_000 + i));
}

test("the judge of this test sees what the simple order breaks", () => {
  const [old, wanted] = [list(...base), list(open(80), ...base)];
  const simple: RuleStep[] = [
    ...Object.entries(old).map(([sequence, rule]) => ({ act: "delete" as const, sequence, rule })),
    ...Object.entries(wanted).map(([sequence, rule]) => ({ act: "create" as const, sequence, rule })),
  ];
  const found = harm(old, wanted, simple);
  expect(found.opened).toBeGreaterThan(0);
});

test("two rules that change places: closed for a moment, and said so; never open", () => {
  const [old, wanted] = [list(established, ssh, open(25), deny), list(established, open(25), ssh, deny)];
  const found = steps(old, wanted);
  expect(found.map(({ meanwhile }) => meanwhile)).toContain("closes");
  expect(harm(old, wanted)).toEqual({ opened: 0, closed: 1 });
});

test("a rule replaced in its place: the others go on, and nothing is open", () => {
  const [old, wanted] = [base, base.map((rule) => (rule === ssh ? { ...ssh, source: "192.0.2.0/24" } : rule))];
  expect(steps(list(...old), list(...wanted)).map(({ act, meanwhile }) => [act, meanwhile])).toEqual([
    ["delete", "closes"],
    ["create", undefined],
  ]);
  expect(harm(list(...old), list(...wanted))).toEqual({ opened: 0, closed: 1 });
});

test("any pair of rule sets with a final deny is passed without opening anything", () => {
  // A generator of its own, so that a failure comes again.
  let seed = 7;
  const random = (below: number) => {
    seed = (seed * 1103515245 + 12345) % 2 ** 31;
    return seed % below;
  };
  const some = (): Rules => {
    const rules = Array.from({ length: 1 + random(8) }, () => {
      const kind = random(6);
      if (kind === 0) return dns;
      if (kind === 1) return established;
      if (kind === 2) return { ...ssh, source: `192.0.2.${random(3)}` };
      return open(25 + random(6));
    });
    return list(...rules, deny);
  };
  for (let i = 0; i < 60; i++) {
    const [old, wanted] = [some(), some()];
    expect(harm(old, wanted).opened).toBe(0);
  }
});

test("only what differs is touched, however it is written", () => {
  const old = list(established, { ...ssh, source: "192.0.2.7/32" }, deny);
  const wanted = list(established, { ...ssh, source: "192.0.2.7" }, deny);
  expect(steps(old, wanted)).toEqual([]);
});
