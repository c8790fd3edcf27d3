/** Rules of OVH's edge firewall: as they are declared, as the API takes them, and as it shows them. */
import type { CheckFailure } from "../../handler";
import { UNKNOWN, type Value, type ValueMap } from "../../values";
import { canonicalAddress, canonicalBlock } from "./addresses";
import { MOST_RULES, type Rule } from "./contract";

const PROTOCOLS = ["tcp", "udp", "icmp", "ipv4", "ah", "esp", "gre"];
const ACTIONS = ["permit", "deny"];
const KNOWN = ["action", "protocol", "source", "sourcePort", "destinationPort", "established"];

/** A rule as the API shows it. */
export interface LiveRule {
  sequence: number;
  action: "permit" | "deny";
  protocol: string;
  source?: string | null;
  /** "eq 25", while the API takes 25. */
  sourcePort?: string | null;
  destinationPort?: string | null;
  tcpOption?: string | { option?: string | null } | null;
  state: "ok" | "creationPending" | "removalPending";
}

function portOf(text: string | null | undefined): { port?: number | string } {
  if (!text || text === "any") return {};
  const single = /^(?:eq )?(\d+)$/.exec(text);
  return { port: single ? Number(single[1]) : text };
}

/** The network in the one way of writing it; undefined for any. */
export function networkOf(source: string | null | undefined): string | undefined {
  if (!source || source === "any") return undefined;
  const block = canonicalBlock(source);
  return block?.endsWith("/0") ? undefined : (block ?? source);
}

/** A live rule in the form in which rules are declared. */
export function declared(live: LiveRule): Rule {
  const option = typeof live.tcpOption === "object" ? live.tcpOption?.option : live.tcpOption;
  const source = networkOf(live.source)?.replace(/\/32$/, "");
  const [from, to] = [portOf(live.sourcePort).port, portOf(live.destinationPort).port];
  return {
    action: live.action,
    protocol: live.protocol,
    ...(source === undefined ? {} : { source }),
    ...(from === undefined ? {} : { sourcePort: from }),
    ...(to === undefined ? {} : { destinationPort: to }),
    ...(option === "established" ? { established: true } : {}),
  };
}

/** The body that creates a rule. */
export function requested(sequence: string, rule: Rule): object {
  const source = networkOf(rule.source);
  return {
    sequence: Number(sequence),
    action: rule.action,
    protocol: rule.protocol,
    ...(source === undefined ? {} : { source }),
    ...(rule.sourcePort === undefined ? {} : { sourcePort: rule.sourcePort }),
    ...(rule.destinationPort === undefined ? {} : { destinationPort: rule.destinationPort }),
    ...(rule.established ? { tcpOption: { option: "established" } } : {}),
  };
}

/** Two rules with the same effect, however they are written. */
export function sameRule(a: Rule | undefined, b: Rule | undefined): boolean {
  return a === b || (a !== undefined && b !== undefined && JSON.stringify(parts(a)) === JSON.stringify(parts(b)));
}

const parts = (rule: Rule) => [
  rule.action,
  rule.protocol,
  networkOf(rule.source),
  rule.sourcePort,
  rule.destinationPort,
  rule.established ?? false,
];

/** Everything that is wrong with declared rules. */
export function checkRules(rules: Value | undefined): CheckFailure[] {
  if (rules === UNKNOWN) return [];
  if (typeof rules !== "object" || rules === null || Array.isArray(rules)) {
    return [{ property: "rules", reason: "must map sequence numbers to rules" }];
  }
  const entries = Object.entries(rules);
  const failures = entries.flatMap(([sequence, rule]) => checkRule(sequence, rule));
  if (entries.length > MOST_RULES) {
    const hint = "rules for single hosts can be one rule for their network; nftables on the host still decides by port";
    failures.unshift({
      property: "rules",
      reason: `are ${entries.length}; OVH takes ${MOST_RULES} for an address. Hint: ${hint}`,
    });
  }
  return failures;
}

function checkRule(sequence: string, rule: Value): CheckFailure[] {
  const place = `rules["${sequence}"]`;
  const failures: CheckFailure[] = [];
  const wrong = (property: string, reason: string) => failures.push({ property: place + property, reason });
  if (!/^1?\d$/.test(sequence)) wrong("", `has the number ${sequence}; allowed are 0 to ${MOST_RULES - 1}`);
  if (rule === UNKNOWN) return failures;
  if (typeof rule !== "object" || rule === null || Array.isArray(rule)) {
    wrong("", "is no rule");
    return failures;
  }
  const { action, protocol, established } = rule;
  const among = (name: string, value: Value | undefined, allowed: string[]) => {
    if (value === UNKNOWN || (typeof value === "string" && allowed.includes(value))) return;
    wrong(`.${name}`, `is ${JSON.stringify(value)}; allowed are ${allowed.join(", ")}`);
  };
  among("action", action, ACTIONS);
  among("protocol", protocol, PROTOCOLS);
  for (const name of Object.keys(rule).filter((key) => !KNOWN.includes(key))) {
    wrong(`.${name}`, `is unknown; a rule has ${KNOWN.join(", ")}`);
  }
  checkSource(rule.source, (reason) => wrong(".source", reason));
  for (const name of ["sourcePort", "destinationPort"]) checkPort(rule, name, wrong);
  if (established === true && protocol !== "tcp") wrong(".established", `is for tcp only; the protocol is ${protocol}`);
  return failures;
}

function checkSource(source: Value | undefined, wrong: (reason: string) => void): void {
  if (source === undefined || source === UNKNOWN) return;
  const text = String(source);
  if (text.includes(":")) wrong(`is ${text}; the edge firewall sees IPv4 only, nftables on the host guards IPv6`);
  else if (canonicalBlock(text) === undefined) {
    wrong(`is ${JSON.stringify(source)}; an IPv4 address or network is wanted, as "192.0.2.0/24"`);
  }
}

function checkPort(rule: ValueMap, name: string, wrong: (property: string, reason: string) => void): void {
  const port = rule[name];
  if (port === undefined || port === UNKNOWN) return;
  if (!Number.isInteger(port) || Number(port) < 1 || Number(port) > 65535) {
    wrong(`.${name}`, `is ${JSON.stringify(port)}; a number from 1 to 65535 is wanted (OVH takes no ranges)`);
  }
  if (rule.protocol !== "tcp" && rule.protocol !== "udp") wrong(`.${name}`, `is for tcp and udp only`);
}

/** Whether `text` is an address that the edge firewall can stand before; else what to say. */
export function checkGuarded(text: string): string | undefined {
  const address = canonicalAddress(text);
  if (address === undefined) return `${JSON.stringify(text)} is not an IPv4 address`;
  return address.includes(":")
    ? `is ${text}; OVH's edge firewall guards IPv4 only. Hint: leave it out, nftables on the host guards IPv6`
    : undefined;
}
