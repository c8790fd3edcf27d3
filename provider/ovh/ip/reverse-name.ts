/**
 * `postfleet:ovh:ReverseName`: the name that an address leads to (PTR, RFC 1035 section 3.5). OVH takes it only when the
 * name already leads to the address, which is also what receivers of mail want (forward-confirmed reverse DNS).
 */
import { isIPv6 } from "node:net";
import { EnsuringHandler } from "../../ensuring";
import type { Changes, CheckFailure, PartialState, Reporter, ResourceState } from "../../handler";
import { type Polling, until } from "../../polling";
import { type Preview, UNKNOWN } from "../../values";
import { type OvhApi, OvhError, orMissing, path } from "../api";
import { refused } from "../refused";
import { canonicalAddress, importedAddress, type OwnBlocks } from "./addresses";
import type { ReverseNameInputs, ReverseNameOutputs } from "./contract";
import { resolves } from "./forward";

/** How forward records are looked up, and how long they are waited for. */
export interface ReverseNameOptions {
  /** Addresses of a name; none where it has none. */
  resolves(name: string): Promise<string[]>;
  polling: Polling;
}

const DEFAULTS: ReverseNameOptions = { resolves, polling: { everyMs: 5000, limitMs: 300_000 } };

interface ReverseIp {
  ipReverse: string;
  reverse: string;
}

/** OVH writes names with the final dot, people do not. */
const bare = (name: unknown): string => String(name).toLowerCase().replace(/\.$/, "");
const sameName = (a: unknown, b: unknown): boolean => bare(a) === bare(b);

const LABEL = "[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?";
const NAME = new RegExp(`^${LABEL}(\\.${LABEL})+$`);
/** OVH's guide: no longer than this, with the dot. */
const LONGEST = 80;

type State = ResourceState<ReverseNameInputs, ReverseNameOutputs>;
type Found = PartialState<ReverseNameInputs, ReverseNameOutputs>;
type Wanted = Preview<ReverseNameInputs>;

export class ReverseNameHandler extends EnsuringHandler<ReverseNameInputs, ReverseNameOutputs> {
  constructor(
    private readonly api: () => OvhApi,
    private readonly blocks: OwnBlocks,
    private readonly options: ReverseNameOptions = DEFAULTS,
  ) {
    super();
  }

  check(_urn: string, { address, name }: Wanted): CheckFailure[] {
    const failures: CheckFailure[] = [];
    if (address !== UNKNOWN && canonicalAddress(String(address)) === undefined) {
      failures.push({ property: "address", reason: `${JSON.stringify(address)} is not an IPv4 or IPv6 address` });
    }
    if (name !== UNKNOWN && !(typeof name === "string" && NAME.test(bare(name)) && bare(name).length < LONGEST)) {
      const rule = `a full host name of at most ${LONGEST - 1} characters is wanted, as "mail1.example.org"`;
      failures.push({ property: "name", reason: `is ${JSON.stringify(name)}; ${rule}` });
    }
    return failures;
  }

  diff(state: State, news: Wanted): Changes {
    const [was, is] = [state.inputs, news].map(({ address }) => canonicalAddress(String(address)));
    return {
      ...(was === is ? {} : { address: "update-replace" as const }),
      ...(sameName(state.inputs.name, news.name) ? {} : { name: "update" as const }),
    };
  }

  protected idOf(news: Wanted): string {
    return canonicalAddress(news.address) ?? "";
  }

  protected async ensure(
    _state: Found,
    news: Wanted,
    preview: boolean,
    report: Reporter,
  ): Promise<Preview<ReverseNameOutputs>> {
    if (preview) return { ...news, ...(await this.foresee(news)) };
    const [address, name] = [importedAddress(news.address), bare(news.name)];
    return { ...news, block: await this.publish(address, name, report), published: name };
  }

  async read(state: Found): Promise<Found | undefined> {
    const address = importedAddress(state.inputs.address ?? state.id);
    const found = await this.blocks.at(address, (block) => this.live(block, address));
    if (!found) return undefined;
    const { block, live } = found;
    const name = sameName(live.reverse, state.inputs.name) ? (state.inputs.name ?? "") : bare(live.reverse);
    const inputs = { ...state.inputs, address: state.inputs.address ?? address, name };
    return { id: address, inputs, outputs: { ...inputs, block, published: state.outputs.published ?? name } };
  }

  async delete(state: State, report: Reporter): Promise<void> {
    const address = importedAddress(state.id);
    const found = await this.blocks.at(address, (block) => this.live(block, address));
    if (!found) return;
    const { block, live } = found;
    if (!live.reverse || !sameName(live.reverse, state.outputs.published)) {
      report.warn(`the reverse name of ${address} is ${bare(live.reverse)} by now, not ours: it stays`);
      return;
    }
    await orMissing(this.api().delete(path`/ip/${block}/reverse/${live.ipReverse}`));
  }

  /** What a preview can know: whose address it is, and that the name leads elsewhere. */
  private async foresee(news: Wanted): Promise<Pick<ReverseNameOutputs, "block" | "published">> {
    if (news.address === UNKNOWN) return {};
    const address = importedAddress(news.address);
    const block = await this.blocks.of(address);
    if (news.name === UNKNOWN || news.after === UNKNOWN) return { block };
    // A name without an address of this kind, or a resolver without an answer: the update waits for it.
    const found = await this.options.resolves(bare(news.name)).catch(() => []);
    const rivals = found.filter((other) => isIPv6(other) === isIPv6(address));
    if (rivals.length > 0 && !rivals.includes(address)) throw leadsElsewhere(bare(news.name), address, rivals);
    return { block, published: bare(news.name) };
  }

  /** The reverse name that OVH has, and how OVH writes the address. */
  private async live(block: string, address: string): Promise<ReverseIp | undefined> {
    const api = this.api();
    const direct = await orMissing(api.get<ReverseIp>(path`/ip/${block}/reverse/${address}`));
    if (direct || !isIPv6(address)) return direct;
    // Other clients may have written an IPv6 address in another form.
    const all = (await orMissing(api.get<string[]>(path`/ip/${block}/reverse`))) ?? [];
    const written = all.find((one) => one !== address && canonicalAddress(one) === address);
    return written === undefined ? undefined : orMissing(api.get<ReverseIp>(path`/ip/${block}/reverse/${written}`));
  }

  /** Sets the name, once public DNS confirms it; the block. */
  private async publish(address: string, name: string, report: Reporter): Promise<string> {
    const block = await this.blocks.of(address);
    const live = await this.live(block, address);
    if (live && sameName(live.reverse, name)) return block;
    await this.confirmed(address, name, report);

    const api = this.api();
    let last: unknown;
    let cleared = false;
    const attempt = async (): Promise<true | undefined> => {
      try {
        const body = { ipReverse: address, reverse: `${name}.` };
        await api.post(path`/ip/${block}/reverse`, body, { repeatable: true });
        return true;
      } catch (error) {
        if (!(error instanceof OvhError)) throw error;
        last = error;
        // OVH asks other resolvers than we do, and they may remember an older answer.
        if (/does not resolve|cannot check/i.test(error.message)) return undefined;
        // Whether POST replaces a name is not documented: only where it is refused, the old one goes first.
        const there = [400, 409].includes(error.status) && !cleared ? await this.live(block, address) : undefined;
        if (!there) throw error;
        // An answer was lost on its way, and the call repeated.
        if (sameName(there.reverse, name)) return true;
        await orMissing(api.delete(path`/ip/${block}/reverse/${there.ipReverse}`));
        cleared = true;
        return attempt();
      }
    };
    if (!(await until(attempt, this.options.polling))) throw last;
    return block;
  }

  /** Waits until the name leads to the address. */
  private async confirmed(address: string, name: string, report: Reporter): Promise<void> {
    let found: string[] = [];
    let silence = "";
    const there = await until(async () => {
      try {
        found = await this.options.resolves(name);
        silence = "";
      } catch (error) {
        silence = (error as Error).message;
      }
      if (found.includes(address)) return true;
      report.progress(`waiting for ${name} to lead to ${address}`);
      return undefined;
    }, this.options.polling);
    if (!there) throw leadsElsewhere(name, address, found, silence);
  }
}

function leadsElsewhere(name: string, address: string, found: string[], silence = ""): Error {
  const instead = silence ? `the resolver says ${silence}` : `it leads to ${found.join(", ") || "no address at all"}`;
  return refused(
    `the reverse name of ${address} cannot be ${name}: ${instead}`,
    `publish ${isIPv6(address) ? "AAAA" : "A"} ${address} for ${name} first, or name another host; receivers of mail check both ways`,
  );
}
