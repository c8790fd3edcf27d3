/**
 * `postfleet:ovh:NasShare`: a partition of a NAS-HA, who may mount it, and the snapshots that OVH takes of it. Of access list
 * and snapshots only what was declared is touched. A partition is never deleted: it holds mail.
 */
import { EnsuringHandler } from "../../ensuring";
import type { Changes, CheckFailure, PartialState, Reporter, ResourceState } from "../../handler";
import type { Polling } from "../../polling";
import { equal, type Preview, UNKNOWN } from "../../values";
import { type OvhApi, orMissing, path } from "../api";
import { refused } from "../refused";
import type { NasPermission, NasShareInputs, NasShareOutputs } from "./contract";
import { checkShare, clientNetwork, entries } from "./nas-check";
import { type LivePartition, NasPartition } from "./nas-partition";

/** Growing takes minutes; nothing here takes half an hour. */
const POLLING: Polling = { everyMs: 3000, limitMs: 1_800_000 };

interface Nas {
  ip?: string | null;
  zpoolSize: number;
  canCreatePartition: boolean;
}

type State = ResourceState<NasShareInputs, NasShareOutputs>;
type Found = PartialState<NasShareInputs, NasShareOutputs>;
type Wanted = Preview<NasShareInputs>;

export class NasShareHandler extends EnsuringHandler<NasShareInputs, NasShareOutputs> {
  constructor(
    private readonly api: () => OvhApi,
    private readonly polling: Polling = POLLING,
  ) {
    super();
  }

  check(_urn: string, news: Wanted): CheckFailure[] {
    return checkShare(news);
  }

  diff(state: State, news: Wanted): Changes {
    const changes: Changes = {};
    for (const name of ["nas", "partition"] as const) {
      if (state.inputs[name] !== news[name]) changes[name] = "update-replace";
    }
    // Another protocol is refused, with the reason, where it would be applied.
    for (const name of ["protocol", "size"] as const) if (state.inputs[name] !== news[name]) changes[name] = "update";
    if (news.description !== undefined && state.inputs.description !== news.description) changes.description = "update";
    if (news.access === UNKNOWN) changes.access = "update";
    else {
      const [before, after] = [entries(state.inputs).access, entries(news).access];
      for (const [network, { key, type }] of after) {
        const was = before.get(network);
        if (was?.type !== type) changes[`access["${key}"]`] = was === undefined ? "add" : "update";
      }
      for (const [network, { key }] of before) if (!after.has(network)) changes[`access["${key}"]`] = "delete";
    }
    if (news.snapshots === UNKNOWN || !equal(entries(state.inputs).snapshots, entries(news).snapshots)) {
      changes.snapshots = "update";
    }
    return changes;
  }

  protected idOf(news: Wanted): string {
    return `${news.nas}/${news.partition}`;
  }

  protected async ensure(
    state: Found,
    news: Wanted,
    preview: boolean,
    report: Reporter,
  ): Promise<Preview<NasShareOutputs>> {
    if (preview && [news.nas, news.partition].includes(UNKNOWN)) return { ...news, mountPath: UNKNOWN };
    const nas = await this.nas(news.nas);
    const live = await this.partition(news).live();
    if (live && live.protocol !== news.protocol && news.protocol !== UNKNOWN) throw otherProtocol(news, live);
    if (news.size !== UNKNOWN) this.fits(nas, live, news);
    if (preview) {
      if (live && state.id === "") {
        report.info(
          `${news.nas}/${news.partition} exists with ${live.size} GiB: it is taken over as it is declared here`,
        );
      }
    } else
      await this.partition(news).apply(live, entries(state.inputs), { ...allKnown(news), ...entries(news) }, report);
    return { ...news, ...mountPath(nas, news) };
  }

  async read(state: Found): Promise<Found | undefined> {
    const [nasName = "", partition = "", ...rest] = state.id.split("/");
    if (!nasName || !partition || rest.length > 0) {
      throw refused(`"${state.id}" names no partition`, 'import by <nas>/<partition>, as "zpool-123456/mail"');
    }
    const names = { nas: nasName, partition };
    const live = await this.partition(names).live();
    if (!live) return undefined;
    // An import knows nothing yet: then everything there is taken for declared.
    const known = state.inputs.nas === undefined ? undefined : entries(state.inputs);
    const inputs: NasShareInputs = {
      ...state.inputs,
      ...names,
      protocol: live.protocol,
      size: live.size,
      ...(state.inputs.description === undefined && known ? {} : { description: live.description }),
      access: Object.fromEntries(
        [...live.access.values()].flatMap(({ ip, type }): [string, NasPermission][] => {
          const declared = known?.access.get(clientNetwork(ip));
          return known && !declared ? [] : [[declared?.key ?? ip.replace(/\/32$/, ""), type]];
        }),
      ),
      snapshots: live.snapshots.filter((type) => !known || known.snapshots.includes(type)),
    };
    return { id: state.id, inputs, outputs: { ...inputs, ...mountPath(await this.nas(nasName), inputs) } };
  }

  async delete(state: State, report: Reporter): Promise<void> {
    report.warn(
      `the partition ${state.id} stays at OVH with its data, access list and snapshots: Postfleet never deletes one. ` +
        "To remove it, delete it in OVH's control panel",
    );
  }

  private partition(names: Pick<NasShareInputs, "nas" | "partition">): NasPartition {
    return new NasPartition(this.api(), names.nas, names.partition, this.polling);
  }

  private async nas(name: string): Promise<Nas> {
    const nas = await orMissing(this.api().get<Nas>(path`/dedicated/nasha/${name}`));
    if (nas) return nas;
    const all = await this.api().get<string[]>("/dedicated/nasha");
    throw refused(
      `there is no NAS-HA ${name} in this OVH account`,
      all.length > 0 ? `it has ${all.join(", ")}` : "it has none at all",
    );
  }

  /** Refuses what the NAS cannot hold, as far as it says. */
  private fits(nas: Nas, live: LivePartition | undefined, news: Wanted): void {
    const { zpoolSize } = nas;
    if (Number(news.size) > zpoolSize) {
      throw refused(
        `${news.nas} has ${zpoolSize} GiB; ${news.partition} wants ${news.size} GiB`,
        "declare a smaller size",
      );
    }
    if (live || nas.canCreatePartition) return;
    throw refused(`${news.nas} takes no further partition`, "shrink or delete one of the others");
  }
}

/** Of an update everything is known. */
const allKnown = (news: Wanted) => news as NasShareInputs;

function otherProtocol(news: Wanted, live: LivePartition): Error {
  return refused(
    `${news.nas}/${news.partition} speaks ${live.protocol}; OVH cannot change that to ${news.protocol}`,
    `declare protocol ${live.protocol}, or a partition of another name, and move the mail there`,
  );
}

/** Where NFS clients find it; OVH's guide: zpool-<number>, which is the service's name as a rule. */
function mountPath(nas: Nas, { nas: name, partition, protocol }: Wanted): Pick<NasShareOutputs, "mountPath"> {
  const zpool = `zpool-${name.replace(/^zpool-/, "")}`;
  return nas.ip && protocol !== "CIFS" ? { mountPath: `${nas.ip}:/${zpool}/${partition}` } : {};
}
