/**
 * `postfleet:ovh:IpFirewall`: OVH's edge firewall before one IPv4 address, with its whole list of rules. It is stateless, and
 * sees only what comes from outside OVH's network; nftables on the host goes on deciding for itself.
 */
import { EnsuringHandler } from "../../ensuring";
import type { Changes, CheckFailure, PartialState, Reporter, ResourceState } from "../../handler";
import { type Polling, until } from "../../polling";
import { type Preview, UNKNOWN } from "../../values";
import { type OvhApi, orMissing, path } from "../api";
import { refused } from "../refused";
import { canonicalAddress, importedAddress, type OwnBlocks } from "./addresses";
import type { IpFirewallInputs, IpFirewallOutputs, Rule, Rules } from "./contract";
import { type RuleStep, steps } from "./rule-steps";
import { checkGuarded, checkRules, declared, type LiveRule, requested, sameRule } from "./rules";

type State = ResourceState<IpFirewallInputs, IpFirewallOutputs>;
type Found = PartialState<IpFirewallInputs, IpFirewallOutputs>;
type Wanted = Preview<IpFirewallInputs>;

/** OVH applies a rule within seconds as a rule; Terraform's provider grants it ten minutes. */
const POLLING: Polling = { everyMs: 2000, limitMs: 600_000 };

interface Firewall {
  enabled: boolean;
  state: "ok" | "enableFirewallPending" | "disableFirewallPending";
}

/** Rules of which a preview may not know some part: that is another rule than every live one. */
const rulesOf = ({ rules = {} }: Partial<Wanted>): Rules => (rules === UNKNOWN ? {} : (rules as Rules));
const byNumber = (rules: LiveRule[]): Rules =>
  Object.fromEntries(rules.map((rule) => [String(rule.sequence), declared(rule)]));
const enabledOf = (values: Partial<Wanted>): boolean => values.enabled !== false;

export class IpFirewallHandler extends EnsuringHandler<IpFirewallInputs, IpFirewallOutputs> {
  constructor(
    private readonly api: () => OvhApi,
    private readonly blocks: OwnBlocks,
    private readonly polling: Polling = POLLING,
  ) {
    super();
  }

  check(_urn: string, news: Wanted): CheckFailure[] {
    const reason = news.address === UNKNOWN ? undefined : checkGuarded(news.address);
    return [...(reason === undefined ? [] : [{ property: "address", reason }]), ...checkRules(news.rules)];
  }

  diff(state: State, news: Wanted): Changes {
    const changes: Changes = {};
    const [was, is] = [state.inputs, news].map(({ address }) => canonicalAddress(String(address)));
    if (was !== is) changes.address = "update-replace";
    if (enabledOf(state.inputs) !== enabledOf(news) || news.enabled === UNKNOWN) changes.enabled = "update";
    if (news.rules === UNKNOWN) return { ...changes, rules: "update" };
    const [olds, wanted] = [rulesOf(state.inputs), rulesOf(news)];
    for (const sequence of new Set([...Object.keys(olds), ...Object.keys(wanted)])) {
      const [before, after] = [olds[sequence], wanted[sequence]];
      if (sameRule(before, after)) continue;
      changes[`rules["${sequence}"]`] = before === undefined ? "add" : after === undefined ? "delete" : "update";
    }
    return changes;
  }

  protected idOf(news: Wanted): string {
    return canonicalAddress(news.address) ?? "";
  }

  protected async ensure(
    state: Found,
    news: Wanted,
    preview: boolean,
    report: Reporter,
  ): Promise<Preview<IpFirewallOutputs>> {
    if (news.address === UNKNOWN) return news;
    const address = importedAddress(news.address);
    const block = await this.blocks.of(address);
    if (preview) await this.foresee(state, block, news, report);
    else await this.apply(block, address, news, report);
    return { ...news, block };
  }

  async read(state: Found): Promise<Found | undefined> {
    const address = importedAddress(state.inputs.address ?? state.id);
    const found = await this.blocks.at(address, (block) => this.live(block, address));
    if (!found) return undefined;
    const { block, live } = found;
    const known = rulesOf(state.inputs);
    const rules = Object.fromEntries(
      live.rules.map((rule): [string, Rule] => {
        const [before, seen] = [known[rule.sequence], declared(rule)];
        return [String(rule.sequence), { ...(before && sameRule(before, seen) ? before : seen) }];
      }),
    );
    const inputs = { ...state.inputs, address: state.inputs.address ?? address, enabled: live.enabled, rules };
    return { id: address, inputs, outputs: { ...inputs, block } };
  }

  /** The address is open at the edge then; what the host itself closes stays closed. */
  async delete(state: State, report: Reporter): Promise<void> {
    const address = importedAddress(state.id);
    const found = await this.blocks.at(address, (block) => this.settled(block, address, report));
    if (!found) return;
    const { block, live } = found;
    if (live.enabled) await this.switch(block, address, false, report);
    await orMissing(this.api().delete(path`/ip/${block}/firewall/${address}`));
  }

  /** Says what a preview cannot show by the difference alone. */
  private async foresee(state: Found, block: string, news: Wanted, report: Reporter): Promise<void> {
    const address = importedAddress(news.address);
    const live = await this.live(block, address);
    if (!live || news.rules === UNKNOWN) return;
    const list = steps(byNumber(live.rules), rulesOf(news));
    if (state.id === "") {
      const gone = list.filter(({ act }) => act === "delete").map(({ sequence }) => Number(sequence));
      gone.sort((a, b) => a - b);
      const what =
        gone.length > 0 ? `its rules ${gone.join(", ")} are removed or replaced` : "none of its rules is removed";
      report.warn(`${address} has a firewall at OVH already: it is taken over, ${what}`);
    }
    if (!live.enabled || !enabledOf(news)) return;
    for (const step of list) if (step.meanwhile) report.warn(`${address}: ${momentOf(step)}`);
  }

  /** The firewall with its rules as OVH has them now; undefined where the address has none. */
  private async live(block: string, address: string): Promise<(Firewall & { rules: LiveRule[] }) | undefined> {
    const api = this.api();
    const firewall = await orMissing(api.get<Firewall>(path`/ip/${block}/firewall/${address}`));
    if (!firewall) return undefined;
    const sequences = await api.get<number[]>(path`/ip/${block}/firewall/${address}/rule`);
    const rules = await Promise.all(
      sequences.map((one) => orMissing(api.get<LiveRule>(path`/ip/${block}/firewall/${address}/rule/${one}`))),
    );
    const known = rules.filter((rule) => rule !== undefined).sort((a, b) => a.sequence - b.sequence);
    return { ...firewall, rules: known };
  }

  /** The same, once nothing is pending any more, be it from a run that was interrupted. */
  private async settled(block: string, address: string, report: Reporter) {
    let missing = false;
    const found = await until(async () => {
      const live = await this.live(block, address);
      missing = live === undefined;
      if (missing || (live?.state === "ok" && live.rules.every(({ state }) => state === "ok"))) return { live };
      report.progress(`waiting for OVH's firewall of ${address}`);
      return undefined;
    }, this.polling);
    if (!found) throw this.slow(address);
    return found.live;
  }

  private async apply(block: string, address: string, news: Wanted, report: Reporter): Promise<void> {
    const api = this.api();
    let live = await this.settled(block, address, report);
    if (!live) {
      await api.post(path`/ip/${block}/firewall`, { ipOnFirewall: address });
      live = { enabled: false, state: "ok", rules: [] };
    }
    if (live.enabled && !enabledOf(news)) await this.switch(block, address, false, report);
    const list = steps(byNumber(live.rules), rulesOf(news));
    if (live.enabled && enabledOf(news)) {
      for (const step of list) {
        if (step.meanwhile) report.warn(`${address}: ${momentOf(step)}`);
        await this.perform(block, address, step, report);
      }
      return;
    }
    // Nothing is filtered now, so no order is to be kept but the rules' own: a final deny comes last.
    const bySequence = (a: RuleStep, b: RuleStep) => Number(a.sequence) - Number(b.sequence);
    for (const act of ["delete", "create"] as const) {
      const some = list.filter((step) => step.act === act).sort(bySequence);
      await Promise.all(some.map((step) => this.perform(block, address, step, report)));
    }
    // Only with all its rules in force may it filter.
    if (enabledOf(news)) await this.switch(block, address, true, report);
  }

  /** One step, and the wait until it is in force. */
  private async perform(block: string, address: string, step: RuleStep, report: Reporter): Promise<void> {
    const api = this.api();
    const place = path`/ip/${block}/firewall/${address}/rule/${step.sequence}`;
    report.progress(`${step.act} rule ${step.sequence} of ${address}`);
    if (step.act === "delete") await orMissing(api.delete(place));
    else await api.post(path`/ip/${block}/firewall/${address}/rule`, requested(step.sequence, step.rule));
    const done = await until(async () => {
      const rule = await orMissing(api.get<LiveRule>(place));
      return (step.act === "delete" ? rule === undefined : rule?.state === "ok") || undefined;
    }, this.polling);
    if (!done) throw this.slow(address);
  }

  private async switch(block: string, address: string, enabled: boolean, report: Reporter): Promise<void> {
    report.progress(`turning the firewall of ${address} ${enabled ? "on" : "off"}`);
    await this.api().put(path`/ip/${block}/firewall/${address}`, { enabled });
    await this.settled(block, address, report);
  }

  private slow(address: string): Error {
    return refused(
      `OVH's firewall of ${address} was still being changed after ${this.polling.limitMs / 1000} s`,
      "nothing is lost: the next run goes on from what is in force then",
    );
  }
}

function momentOf({ sequence, meanwhile, act }: RuleStep): string {
  const what = act === "delete" ? "without its old rule" : "with its new rule";
  return meanwhile === "opens"
    ? `number ${sequence} ${what}, more passes for some seconds than the old or the new rules allow`
    : `number ${sequence} ${what}, some of what the old and the new rules let pass is stopped for some seconds`;
}
