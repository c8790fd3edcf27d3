/** One partition of a NAS-HA as it is, and how it becomes what is wanted: one task of OVH after the other. */
import type { Reporter } from "../../handler";
import { type Polling, until } from "../../polling";
import { type OvhApi, orMissing, path } from "../api";
import { refused } from "../refused";
import { finished, isOpen, type RawTask, taskOf, tasksAt } from "../tasks";
import type { NasPermission, NasShareInputs, NasSnapshot } from "./contract";
import { clientNetwork, type Desired, type Entries } from "./nas-check";

/** How long a new task may be missing. */
const NEW_MS = 10_000;
const OPEN = ["init", "todo", "doing"];

interface Access {
  /** As OVH writes it. */
  ip: string;
  type: NasPermission;
}

/** What OVH has. */
export interface LivePartition {
  protocol: NasShareInputs["protocol"];
  /** GiB. */
  size: number;
  description: string;
  /** Network in its one form -> entry; those of others too. */
  access: Map<string, Access>;
  snapshots: NasSnapshot[];
}

export class NasPartition {
  private readonly tasks: string;
  private readonly place: string;

  constructor(
    private readonly api: OvhApi,
    private readonly nas: string,
    private readonly name: string,
    private readonly polling: Polling,
  ) {
    this.tasks = path`/dedicated/nasha/${nas}/task`;
    this.place = path`/dedicated/nasha/${nas}/partition/${name}`;
  }

  /** Undefined where there is no such partition. */
  async live(): Promise<LivePartition | undefined> {
    const { api, place } = this;
    type Raw = { protocol: LivePartition["protocol"]; size: number; partitionDescription?: string | null };
    const raw = await orMissing(api.get<Raw>(place));
    if (!raw) return undefined;
    const [clients, snapshots] = await Promise.all([
      api.get<string[]>(`${place}/access`),
      api.get<NasSnapshot[]>(`${place}/snapshot`),
    ]);
    const access = await Promise.all(clients.map((ip) => orMissing(api.get<Access>(place + path`/access/${ip}`))));
    return {
      protocol: raw.protocol,
      size: raw.size,
      description: raw.partitionDescription ?? "",
      access: new Map(access.filter((one) => one !== undefined).map((one) => [clientNetwork(one.ip), one])),
      snapshots: [...snapshots].sort(),
    };
  }

  /** Makes it so. What `before` declared and `wanted` does not is taken away; what neither declares is somebody else's. */
  async apply(seen: LivePartition | undefined, before: Entries, wanted: Desired, report: Reporter): Promise<void> {
    // A run that was interrupted may have left OVH at work; what it makes must not be asked for twice.
    let live = (await this.quiet(report)) ? await this.live() : seen;
    if (!live) {
      const { protocol, size, description } = wanted;
      const body = { partitionName: this.name, protocol, size };
      const more = description === undefined ? {} : { partitionDescription: description };
      await this.task("creating", report, () =>
        this.api.post<RawTask>(path`/dedicated/nasha/${this.nas}/partition`, { ...body, ...more }),
      );
      live = await this.live();
    }
    if (!live) throw refused(`OVH made ${this.nas}/${this.name}, and does not show it`, "run again");
    await this.resize(live, wanted, report);
    await this.grant(live, before, wanted, report);
    await this.schedule(live, before, wanted, report);
  }

  private async resize(live: LivePartition, { size, description }: Desired, report: Reporter): Promise<void> {
    const text = description ?? live.description;
    if (live.size === size && live.description === text) return;
    // Both, because it is not known whether OVH takes a PUT of one alone for an emptied other.
    await this.api.put(this.place, { size, partitionDescription: text });
    const there = await until(async () => {
      const now = await this.api.get<{ size: number }>(this.place);
      report.progress(`${this.nas}/${this.name}: ${now.size} of ${size} GiB`);
      return now.size === size || undefined;
    }, this.polling);
    if (!there) {
      throw refused(
        `${this.nas}/${this.name} did not get the size of ${size} GiB within ${Math.round(this.polling.limitMs / 60_000)} minutes`,
        "OVH goes on with it; run again. A partition cannot become smaller than what it holds, snapshots included",
      );
    }
  }

  /** Access is given before it is taken, so that a client that changes its address is never without. */
  private async grant(live: LivePartition, before: Entries, wanted: Desired, report: Reporter): Promise<void> {
    const remove = (ip: string) =>
      this.task(`taking ${ip} off`, report, () => this.api.delete<RawTask>(this.place + path`/access/${ip}`));
    for (const [network, { key, type }] of wanted.access) {
      const has = live.access.get(network);
      if (has?.type === type) continue;
      // There is no call that changes an entry.
      if (has) await remove(has.ip);
      await this.task(`letting ${key} in`, report, () =>
        this.api.post<RawTask>(`${this.place}/access`, { ip: network, type }),
      );
    }
    for (const network of before.access.keys()) {
      const has = wanted.access.has(network) ? undefined : live.access.get(network);
      if (has) await remove(has.ip);
    }
  }

  private async schedule(live: LivePartition, before: Entries, wanted: Desired, report: Reporter): Promise<void> {
    for (const snapshotType of wanted.snapshots.filter((type) => !live.snapshots.includes(type))) {
      await this.task(`snapshots ${snapshotType}`, report, () =>
        this.api.post<RawTask>(`${this.place}/snapshot`, { snapshotType }),
      );
    }
    for (const type of before.snapshots) {
      if (wanted.snapshots.includes(type) || !live.snapshots.includes(type)) continue;
      await this.task(`no snapshots ${type}`, report, () =>
        this.api.delete<RawTask>(this.place + path`/snapshot/${type}`),
      );
    }
  }

  private async task(what: string, report: Reporter, call: () => Promise<RawTask>): Promise<void> {
    const waiting = { what: `${this.nas}/${this.name}: ${what}`, polling: this.polling, newMs: NEW_MS, report };
    await finished(this.api, this.tasks, taskOf(await call()), waiting);
  }

  /** Waits until OVH does nothing on this NAS; whether there was something to wait for. */
  private async quiet(report: Reporter): Promise<boolean> {
    let waited = false;
    const done = await until(async () => {
      const found = await Promise.all(OPEN.map((status) => tasksAt(this.api, this.tasks, { status })));
      const open = found.flat().find(isOpen);
      if (!open) return true;
      waited = true;
      report.progress(`${this.nas}: task ${open.id} is ${open.state}`);
      return undefined;
    }, this.polling);
    if (!done) throw refused(`OVH is still at work on ${this.nas}`, "the next run waits for it again");
    return waited;
  }
}
