/**
 * The order in which the rules of an enabled firewall are changed.
 *
 * A rule cannot be edited: it is deleted and made anew, one call after the other, on a firewall that is stateless and lets
 * pass what no rule matches. Turning it off meanwhile would open everything. Instead each step is chosen such that, at every
 * moment and also when the run is interrupted there,
 * - nothing passes that neither the old nor the new rules let pass (a final deny is made at its new place first), and
 * - what both let pass goes on passing (SSH, so that nobody is locked out, and the mail).
 * Where there is no such step (two rules that change places), one that closes for a moment is taken, never one that opens
 * while another is left.
 */
import { contains } from "./addresses";
import type { Rule, Rules } from "./contract";
import { networkOf, sameRule } from "./rules";

export interface RuleStep {
  act: "delete" | "create";
  sequence: string;
  rule: Rule;
  /** What the step breaks for a moment, because there is no better one. */
  meanwhile?: "closes" | "opens";
}

/** A packet from outside: one of each kind that the rules tell apart. */
interface Packet {
  protocol: string;
  source: string;
  sourcePort?: number | string;
  destinationPort?: number | string;
  established: boolean;
}

/** A source that no rule names. */
const ANYBODY = "0.0.0.1";

function matches(rule: Rule, packet: Packet): boolean {
  const network = networkOf(rule.source);
  return (
    (rule.protocol === "ipv4" || rule.protocol === packet.protocol) &&
    (network === undefined || contains(network, packet.source)) &&
    (rule.sourcePort === undefined || rule.sourcePort === packet.sourcePort) &&
    (rule.destinationPort === undefined || rule.destinationPort === packet.destinationPort) &&
    (!rule.established || packet.established)
  );
}

/** Packets that together show every difference between sets of these rules. */
export function packetsOf(rules: Rule[]): Packet[] {
  const different = <T>(values: T[]): T[] => [...new Set(values)];
  const sources = different([ANYBODY, ...rules.flatMap((rule) => networkOf(rule.source)?.split("/")[0] ?? [])]);
  return ["tcp", "udp", "icmp", "ah", "esp", "gre"].flatMap((protocol) => {
    const mine = rules.filter((rule) => rule.protocol === protocol);
    const sourcePorts = different([undefined, ...mine.map((rule) => rule.sourcePort)]);
    const ports = different([undefined, ...mine.map((rule) => rule.destinationPort)]);
    const states = mine.some((rule) => rule.established) ? [false, true] : [false];
    return sources.flatMap((source) =>
      sourcePorts.flatMap((sourcePort) =>
        ports.flatMap((destinationPort) =>
          states.map((established) => ({ protocol, source, sourcePort, destinationPort, established })),
        ),
      ),
    );
  });
}

/** Which of the packets pass: one bit each. */
export function passing(rules: Rules, packets: Packet[]): boolean[] {
  const order = Object.keys(rules).sort((a, b) => Number(a) - Number(b));
  return packets.map((packet) => {
    const first = order.find((sequence) => matches(rules[sequence] as Rule, packet));
    return first === undefined || rules[first]?.action === "permit";
  });
}

/** The steps from the old rules to the new ones. */
export function steps(old: Rules, wanted: Rules): RuleStep[] {
  const packets = packetsOf([...Object.values(old), ...Object.values(wanted)]);
  const [before, after] = [passing(old, packets), passing(wanted, packets)];
  const changed = [...new Set([...Object.keys(old), ...Object.keys(wanted)])].filter(
    (sequence) => !sameRule(old[sequence], wanted[sequence]),
  );
  const now: Rules = { ...old };
  const todo: RuleStep[] = changed.flatMap((sequence) => [
    ...(old[sequence] ? [{ act: "delete" as const, sequence, rule: old[sequence] }] : []),
    ...(wanted[sequence] ? [{ act: "create" as const, sequence, rule: wanted[sequence] }] : []),
  ]);

  /** 0: breaks nothing; else the number of kinds of packets it closes, and far more where it opens. */
  function harm(step: RuleStep): number {
    const next = { ...now };
    if (step.act === "create") next[step.sequence] = step.rule;
    else delete next[step.sequence];
    return passing(next, packets).reduce((sum, passes, i) => {
      if (passes && !before[i] && !after[i]) return sum + packets.length + 1;
      return !passes && before[i] && after[i] ? sum + 1 : sum;
    }, 0);
  }

  const done: RuleStep[] = [];
  while (todo.length > 0) {
    const possible = todo.filter((step) => step.act === "delete" || !now[step.sequence]);
    const [best] = possible.map((step) => ({ step, harm: harm(step) })).sort((a, b) => a.harm - b.harm);
    if (!best) break;
    const { step } = best;
    if (step.act === "create") now[step.sequence] = step.rule;
    else delete now[step.sequence];
    todo.splice(todo.indexOf(step), 1);
    const meanwhile = best.harm === 0 ? {} : { meanwhile: best.harm > packets.length ? "opens" : "closes" };
    done.push({ ...step, ...meanwhile } as RuleStep);
  }
  return done;
}
