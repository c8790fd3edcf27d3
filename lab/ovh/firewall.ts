/** `/ip/{block}/firewall`: the edge firewall, its rules and their states. Reads give ports as text: "eq 25". */
import { isIPv4 } from "node:net";
import { canonical, contains } from "./addresses";
import { type Api, owned } from "./api";
import { isoNow } from "./dates";
import { badRequest, conflict, missing, notFound } from "./errors";
import type { ApiRequest, Router } from "./router";
import { VOID } from "./router";
import type { FirewallRule, IpState } from "./state";

type Firewall = IpState["firewalls"][string];

const PROTOCOLS = ["tcp", "udp", "icmp", "ipv4", "ah", "esp", "gre"];

export function firewallRoutes(router: Router, api: Api): void {
  const BASE = "/ip/{block}/firewall";
  const blockOf = ({ params }: ApiRequest): IpState => owned(api.state.ips, params.block);
  const firewallOf = (request: ApiRequest): Firewall => {
    const firewall = blockOf(request).firewalls[request.params.ip ?? ""];
    if (!firewall) throw missing("ipOnFirewall", request.params.ip ?? "");
    return firewall;
  };
  const ruleOf = (request: ApiRequest): FirewallRule => {
    const rule = firewallOf(request).rules.find(({ sequence }) => String(sequence) === request.params.sequence);
    if (!rule) throw missing("sequence", request.params.sequence ?? "");
    return rule;
  };
  /** Changes something after the delay of one state; not a task, so it is kept by its own state. */
  const later = (block: IpState, act: string, args: Record<string, unknown>) =>
    api.tasks.start("ip", block.block, act, { name: act, args: { block: block.block, ...args } });

  router.on("GET", BASE, (request) => Object.keys(blockOf(request).firewalls));
  router.on("POST", BASE, "ipOnFirewall*", (request) => {
    const block = blockOf(request);
    const ip = canonical(String(request.body.ipOnFirewall));
    if (!ip || !isIPv4(ip) || !contains(block.block, ip)) throw badRequest("ipOnFirewall is not an IPv4 of this block");
    if (block.firewalls[ip]) throw conflict(`${ip} is on the firewall already`);
    block.firewalls[ip] = { enabled: false, state: "ok", rules: [] };
    return { ipOnFirewall: ip, enabled: false, state: "ok" };
  });
  router.on("GET", `${BASE}/{ip}`, (request) => {
    const { enabled, state } = firewallOf(request);
    return { ipOnFirewall: request.params.ip, enabled, state };
  });
  router.on("PUT", `${BASE}/{ip}`, "enabled*:boolean", (request) => {
    const firewall = firewallOf(request);
    firewall.enabled = request.body.enabled === true;
    firewall.state = firewall.enabled ? "enableFirewallPending" : "disableFirewallPending";
    later(blockOf(request), "firewallReady", { ip: request.params.ip });
    return VOID;
  });
  router.on("DELETE", `${BASE}/{ip}`, (request) => {
    firewallOf(request);
    delete blockOf(request).firewalls[request.params.ip ?? ""];
    return "Firewall deleted";
  });
  api.tasks.define("firewallReady", ({ block, ip }) => {
    const firewall = api.state.ips[String(block)]?.firewalls[String(ip)];
    if (firewall) firewall.state = "ok";
  });

  router.on("GET", `${BASE}/{ip}/rule`, (request) => {
    const state = request.query.get("state");
    const rules = firewallOf(request).rules.filter((rule) => !state || rule.state === state);
    return rules.map(({ sequence }) => sequence);
  });
  const fields = "sequence*:long action* protocol* source sourcePort:long destinationPort:long tcpOption:object";
  router.on("POST", `${BASE}/{ip}/rule`, fields, (request) => {
    const firewall = firewallOf(request);
    const rule = newRule(request.body, request.params.ip ?? "");
    if (firewall.rules.some(({ sequence }) => sequence === rule.sequence)) {
      throw conflict(`A rule with the sequence ${rule.sequence} exists already`);
    }
    firewall.rules.push(rule);
    firewall.rules.sort((a, b) => a.sequence - b.sequence);
    later(blockOf(request), "firewallRule", { ip: request.params.ip, sequence: rule.sequence });
    return rule;
  });
  router.on("GET", `${BASE}/{ip}/rule/{sequence}`, ruleOf);
  router.on("DELETE", `${BASE}/{ip}/rule/{sequence}`, (request) => {
    const rule = ruleOf(request);
    if (rule.state === "removalPending") throw notFound("The rule is being removed");
    rule.state = "removalPending";
    later(blockOf(request), "firewallRule", { ip: request.params.ip, sequence: rule.sequence });
    return rule;
  });
  api.tasks.define("firewallRule", ({ block, ip, sequence }) => {
    const firewall = api.state.ips[String(block)]?.firewalls[String(ip)];
    if (!firewall) return;
    firewall.rules = firewall.rules.filter((r) => r.sequence !== sequence || r.state !== "removalPending");
    for (const rule of firewall.rules) if (rule.sequence === sequence) rule.state = "ok";
  });
}

function newRule(body: Record<string, unknown>, ip: string): FirewallRule {
  const { sequence, action, protocol, source, sourcePort, destinationPort } = body as Record<string, string & number>;
  const option = (body.tcpOption ?? {}) as { option?: string; fragments?: boolean };
  if (sequence === undefined || sequence < 0 || sequence > 19) throw badRequest("sequence must be from 0 to 19");
  if (action !== "permit" && action !== "deny") throw badRequest("action must be permit or deny");
  if (!PROTOCOLS.includes(String(protocol))) throw badRequest(`protocol must be one of ${PROTOCOLS.join(", ")}`);
  const ports = sourcePort !== undefined || destinationPort !== undefined;
  if (ports && protocol !== "tcp" && protocol !== "udp") throw badRequest("ports are for tcp and udp only");
  if (option.option && protocol !== "tcp") throw badRequest("tcpOption is for tcp only");
  for (const port of [sourcePort, destinationPort]) {
    if (port !== undefined && (port < 1 || port > 65535)) throw badRequest(`invalid port ${port}`);
  }
  const from = source ?? "any";
  const text = (port: number | undefined): string => (port === undefined ? "" : ` eq ${port}`);
  return {
    sequence,
    action,
    protocol: String(protocol),
    source: from,
    destination: `${ip}/32`,
    ...(sourcePort === undefined ? {} : { sourcePort: `eq ${sourcePort}` }),
    ...(destinationPort === undefined ? {} : { destinationPort: `eq ${destinationPort}` }),
    ...(option.option ? { tcpOption: option.option } : {}),
    fragments: option.fragments === true,
    state: "creationPending",
    creationDate: isoNow(),
    rule: `${action} ${protocol} ${from}${text(sourcePort)} ${ip}/32${text(destinationPort)}`,
  };
}
