/**
 * `postfleet:ovh:AdditionalIp`: which of our services an additional IP block leads to. It is moved, never given back: the
 * address and its good name with the receivers of mail outlive every server.
 */
import { EnsuringHandler } from "../../ensuring";
import type { Changes, CheckFailure, PartialState, Reporter, ResourceState } from "../../handler";
import type { Polling } from "../../polling";
import { type Preview, UNKNOWN } from "../../values";
import { type OvhApi, path } from "../api";
import { refused } from "../refused";
import { finished, isOpen, type RawTask, type Task, taskOf, tasksAt } from "../tasks";
import { canonicalBlock, type OwnBlocks } from "./addresses";
import type { AdditionalIpInputs, AdditionalIpOutputs } from "./contract";

/** A move takes about a minute; Terraform's provider gives up after five. */
const POLLING: Polling = { everyMs: 3000, limitMs: 600_000 };

const MOVE = "genericMoveFloatingIp";
/** How long a new task may be missing. */
const NEW_MS = 10_000;

/** Destinations by kind of product. */
type Destinations = Record<string, { service: string; nexthop?: string[] | null }[] | null>;

type State = ResourceState<AdditionalIpInputs, AdditionalIpOutputs>;
type Found = PartialState<AdditionalIpInputs, AdditionalIpOutputs>;
type Wanted = Preview<AdditionalIpInputs>;

export class AdditionalIpHandler extends EnsuringHandler<AdditionalIpInputs, AdditionalIpOutputs> {
  constructor(
    private readonly api: () => OvhApi,
    private readonly blocks: OwnBlocks,
    private readonly polling: Polling = POLLING,
  ) {
    super();
  }

  check(_urn: string, { block, service, nexthop }: Wanted): CheckFailure[] {
    const failures: CheckFailure[] = [];
    if (block !== UNKNOWN && canonicalBlock(String(block)) === undefined) {
      const reason = `${JSON.stringify(block)} is not an IP block; wanted is one as "192.0.2.8/32" or "2001:db8:1::/56"`;
      failures.push({ property: "block", reason });
    }
    for (const [property, value] of Object.entries({ service, ...(nexthop === undefined ? {} : { nexthop }) })) {
      if (typeof value === "string" && value !== "") continue;
      failures.push({ property, reason: `is ${JSON.stringify(value)}; a name in OVH's API is wanted` });
    }
    return failures;
  }

  diff(state: State, news: Wanted): Changes {
    const [was, is] = [state.inputs, news].map(({ block }) => canonicalBlock(String(block)));
    return {
      ...(was === is ? {} : { block: "update-replace" as const }),
      ...(state.inputs.service === news.service ? {} : { service: "update" as const }),
      // OVH does not say which one is in use: only a change in the program counts.
      ...(state.inputs.nexthop === news.nexthop ? {} : { nexthop: "update" as const }),
    };
  }

  protected idOf(news: Wanted): string {
    return canonicalBlock(news.block) ?? "";
  }

  protected async ensure(
    state: Found,
    news: Wanted,
    preview: boolean,
    report: Reporter,
  ): Promise<Preview<AdditionalIpOutputs>> {
    if (news.block === UNKNOWN || news.service === UNKNOWN) return { ...news, routedTo: UNKNOWN };
    const block = await this.blocks.named(news.block);
    const again = state.id !== "" && state.inputs.nexthop !== news.nexthop;
    if (preview) await this.foresee(block, news, again, report);
    else await this.move(block, news, again, report);
    return { ...news, routedTo: news.service };
  }

  async read(state: Found): Promise<Found | undefined> {
    const wanted = canonicalBlock(state.inputs.block ?? state.id);
    if (wanted === undefined)
      throw refused(`"${state.id}" is not an IP block`, 'import by the block, as "192.0.2.8/32"');
    const block = (await this.blocks.list()).find((own) => canonicalBlock(own) === wanted);
    if (block === undefined) return undefined;
    const service = await this.routedTo(block);
    const inputs = { ...state.inputs, block: state.inputs.block ?? wanted, service };
    return { id: wanted, inputs, outputs: { ...inputs, routedTo: service } };
  }

  async delete(state: State, report: Reporter): Promise<void> {
    report.warn(
      `the block ${state.id} still leads to ${state.outputs.routedTo} and is still rented: Postfleet never gives an address back`,
    );
  }

  /** Name of the service that the block leads to, empty while it leads nowhere. */
  private async routedTo(block: string): Promise<string> {
    const { routedTo } = await this.api().get<{ routedTo?: { serviceName?: string | null } | null }>(
      path`/ip/${block}`,
    );
    return routedTo?.serviceName ?? "";
  }

  private async foresee(block: string, news: Wanted, again: boolean, report: Reporter): Promise<void> {
    const task = await this.running(block);
    if (task) {
      report.info(`OVH is moving ${block} already (task ${task.id}); the update waits for it`);
      return;
    }
    if (again || (await this.routedTo(block)) !== news.service) await this.offered(block, news);
  }

  /** Refuses a destination that OVH does not offer for this block. */
  private async offered(block: string, news: Wanted): Promise<void> {
    const products = await this.api().get<Destinations>(path`/ip/${block}/move`);
    const all = Object.values(products).flatMap((list) => list ?? []);
    const found = all.find(({ service }) => service === news.service);
    if (!found) {
      throw refused(
        `OVH cannot move ${block} to ${news.service}`,
        all.length > 0
          ? `it offers ${all.map(({ service }) => service).join(", ")}; blocks move within one region only`
          : "it offers no destination at all: is it an additional IP?",
      );
    }
    const hops = found.nexthop ?? [];
    if (news.nexthop !== undefined && news.nexthop !== UNKNOWN && !hops.includes(news.nexthop)) {
      throw refused(
        `${news.nexthop} is not a next hop of ${news.service} for ${block}`,
        hops.length > 0 ? `OVH offers ${hops.join(", ")}` : "leave nexthop out: this service has none",
      );
    }
  }

  private async move(block: string, news: Wanted, again: boolean, report: Reporter): Promise<void> {
    // From a run that was interrupted, or by hand: OVH would refuse a second one.
    const before = await this.running(block);
    if (before) await this.finished(block, before, report);
    if ((await this.routedTo(block)) === news.service && (!again || before)) return;
    await this.offered(block, news);
    const nexthop = news.nexthop === undefined ? {} : { nexthop: news.nexthop };
    const task = await this.api().post<RawTask>(path`/ip/${block}/move`, { to: news.service, ...nexthop });
    await this.finished(block, taskOf(task), report);
    const live = await this.routedTo(block);
    if (live !== news.service) {
      throw refused(
        `OVH says that ${block} was moved to ${news.service}, and that it leads to ${live || "nowhere"}`,
        "run again; if it stays so, ask OVH's support",
      );
    }
  }

  /** The move that is under way. */
  private async running(block: string): Promise<Task | undefined> {
    const tasks = await tasksAt(this.api(), path`/ip/${block}/task`, { function: MOVE });
    return tasks.find(isOpen);
  }

  private finished(block: string, task: Task, report: Reporter): Promise<void> {
    const waiting = { what: `moving ${block}`, polling: this.polling, newMs: NEW_MS, report };
    return finished(this.api(), path`/ip/${block}/task`, task, waiting);
  }
}
