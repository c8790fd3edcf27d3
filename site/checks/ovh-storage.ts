/** Rules about storage at OVH: who may reach it, and what object lock needs. */
import type { Path } from "../problems";
import { type Check, type Checked, hostsOf, presentHost } from "./checked";

/** Lists of hosts that may use a storage, as far as they are written. */
function accessLists({ draft }: Checked): { value: string; at: Path }[] {
  const nas = (draft.ovh?.nas ?? []).flatMap(({ value }) => value.partitions ?? []);
  return [
    ...nas.flatMap(({ value }) => value.access ?? []),
    ...(draft.hosts ?? []).flatMap(({ value }) => value.ovh?.backupStorage?.access ?? []),
  ];
}

const access: Check = {
  rule: "Hosts that may use a NAS or a backup storage are hosts of this file, at OVH, and not `lost`.",
  run(checked) {
    for (const { value: name, at } of accessLists(checked)) {
      const host = presentHost(checked, name, at);
      if (!host || host.ovh) continue;
      checked.problems.add(at, {
        message: `${name} is not at OVH, and this storage is reached from there only`,
        allowed: "a host of this file with `ovh`",
        hint: `name another host, or say what ${name} is at OVH`,
      });
    }
  },
};

const vrack: Check = {
  rule: "`ovh.vrack` needs a dedicated server in it, and a host's `vrackInterface` needs `ovh.vrack`.",
  run(checked) {
    const { draft, problems } = checked;
    if (draft.ovh?.vrack === undefined) {
      for (const { at, value } of draft.hosts ?? []) {
        if (value.ovh?.vrackInterface === undefined) continue;
        problems.add([...at, "ovh", "vrackInterface"], {
          message: "no vRack is declared that the interface would be in",
          allowed: "vrackInterface together with ovh.vrack",
          hint: "add `ovh: { vrack: pn-... }`, or remove vrackInterface",
        });
      }
      return;
    }
    if (hostsOf(checked).some(({ host }) => host.ovh?.product === "server" && !host.lost)) return;
    problems.add(["ovh", "vrack"], {
      message: "no host is a dedicated server at OVH: nothing would be in this network",
      allowed: "a vRack together with hosts that have `ovh.server`",
      hint: "name the server of a host, or remove vrack",
    });
  },
};

const locks: Check = {
  rule: "Object lock needs versioning.",
  run({ draft, problems }) {
    for (const { at, value } of draft.ovh?.project?.buckets ?? []) {
      if (value.objectLock === undefined || value.versioning) continue;
      problems.add([...at, "versioning"], {
        message: "objects can be locked only where their versions are kept",
        allowed: "true, or a bucket without objectLock",
        hint: "remove `versioning: false`",
      });
    }
  },
};

export const OVH_STORAGE_CHECKS: readonly Check[] = [access, vrack, locks];
