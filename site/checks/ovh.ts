/** Rules about hosts at OVH: which machine they are, how they are installed, and by which addresses they are known. */
import type { Path } from "../problems";
import type { HostSpec, OvhHostSpec } from "../types";
import { type Check, type Checked, hostsOf, isRefused } from "./checked";

/** Hosts at OVH with the place of their `ovh`, and what is written there. */
function ovhHosts(checked: Checked): { host: HostSpec; ovh: OvhHostSpec; written: Written; at: Path }[] {
  return hostsOf(checked).flatMap(({ host, at }, index) => {
    const written = checked.draft.hosts?.[index]?.value.ovh;
    return host.ovh && written ? [{ host, ovh: host.ovh, written, at: [...at, "ovh"] }] : [];
  });
}
type Written = NonNullable<NonNullable<Checked["draft"]["hosts"]>[number]["value"]["ovh"]>;

const product: Check = {
  rule: "A host at OVH is exactly one of `server` and `vps`, and no other host is the same machine.",
  run(checked) {
    const first = new Map<string, { host: HostSpec; at: Path }>();
    for (const { host, ovh, written, at } of ovhHosts(checked)) {
      if ((written.server === undefined) === (written.vps === undefined)) {
        if (isRefused(checked, [...at, "server"]) || isRefused(checked, [...at, "vps"])) continue;
        checked.problems.add(at, {
          message: written.vps === undefined ? "neither server nor vps is named" : "both server and vps are named",
          allowed: "exactly one of server and vps",
          hint: "write `server:` with the name of a dedicated server, or `vps:` with that of a VPS",
          onKey: true,
        });
        continue;
      }
      if (/^vps[-\d]/.test(written.server ?? "")) {
        checked.problems.add([...at, "server"], {
          message: "this is the name of a VPS",
          allowed: "the name of a dedicated server, e.g. ns1001.ip-192-0-2.eu",
          hint: `write \`vps: ${ovh.service}\``,
        });
      }
      if (host.lost) continue;
      const other = first.get(ovh.service);
      if (other === undefined) first.set(ovh.service, { host, at });
      else {
        checked.problems.add([...at, ovh.product], {
          message: `${other.host.name} (line ${checked.problems.lineOf(other.at)}) is the same machine at OVH`,
          allowed: "every machine once",
          hint: `correct one of the two, or mark ${other.host.name} as \`lost: true\` if this host replaces it`,
        });
      }
    }
  },
};

const serverOnly: Check = {
  rule: "`install.partitions`, `monitoring`, `vrackInterface` and `backupStorage` are for dedicated servers, `install.trustFirstContact` is for a VPS.",
  run(checked) {
    for (const { ovh, written, at } of ovhHosts(checked)) {
      const refuse = (path: Path, what: string, instead: string) =>
        checked.problems.add([...at, ...path], {
          message: `OVH has no ${what} for a ${ovh.product === "vps" ? "VPS" : "dedicated server"}`,
          allowed: instead,
          hint: "remove it",
          onKey: true,
        });
      if (ovh.product === "vps") {
        const whole = "a VPS has the partitions of its image";
        if (written.install?.partitions !== undefined) refuse(["install", "partitions"], "choice of partitions", whole);
        if (written.monitoring !== undefined) refuse(["monitoring"], "such monitoring", "a dedicated server");
        if (written.vrackInterface !== undefined) refuse(["vrackInterface"], "vRack", "a dedicated server");
        if (written.backupStorage !== undefined) refuse(["backupStorage"], "such backup storage", "a dedicated server");
      } else if (written.install?.trustFirstContact) {
        const made = "nothing here: its host keys are made before it boots";
        refuse(["install", "trustFirstContact"], "need of trust on first contact", made);
      }
    }
  },
};

const partitions: Check = {
  rule: "Partitions have `/`, no mount point twice, `swap` as the file system of swap alone, and one that takes the rest at most.",
  run(checked) {
    for (const { written, at } of ovhHosts(checked)) {
      const items = written.install?.partitions;
      if (items === undefined || isRefused(checked, [...at, "install", "partitions"])) continue;
      const wrong = (path: Path, message: string, hint: string) =>
        checked.problems.add(path, { message, allowed: "one line a partition, `/` among them", hint });
      const mounts = new Set<string | undefined>();
      if (!items.some(({ value }) => value.mount === "/"))
        wrong([...at, "install", "partitions"], "there is no partition for /", "add `{ mount: /, size: 20G }`");
      let rest: Path | undefined;
      for (const { at: here, value } of items) {
        if (mounts.has(value.mount))
          wrong([...here, "mount"], `${value.mount} is mounted twice`, "remove one of the two");
        mounts.add(value.mount);
        if (value.fs !== undefined && (value.fs === "swap") !== (value.mount === "swap"))
          wrong([...here, "fs"], "swap is both the mount point and the file system, or neither", "leave fs out");
        if (value.size !== undefined) continue;
        if (rest) wrong(here, "two partitions would take the rest of the disk", "give one of them a size");
        rest = here;
      }
    }
  },
};

const addresses: Check = {
  rule: "An additional address belongs to one host, and is no host's own.",
  run(checked) {
    const owner = new Map<string, string>();
    for (const { host } of hostsOf(checked))
      for (const address of [host.address, host.address6]) if (address && !host.lost) owner.set(address, host.name);
    for (const { host, written, at } of ovhHosts(checked)) {
      if (host.lost) continue;
      for (const [index, { address }] of (host.ovh?.additionalIps ?? []).entries()) {
        const place = [...(written.additionalIps[index]?.at ?? at), "address"];
        const other = owner.get(address);
        if (address !== "" && other !== undefined) {
          checked.problems.add(place, {
            message: `the address belongs to ${other} already`,
            given: address,
            allowed: "an address of its own",
            hint: "remove it here or there: an address is routed to one host at a time",
          });
        } else owner.set(address, host.name);
      }
    }
  },
};

/** OVH's rule for reverse names, beside those of the DNS. */
const LONGEST_REVERSE = 80;

const reverse: Check = {
  rule: `A reverse name at OVH has at most ${LONGEST_REVERSE} characters.`,
  run(checked) {
    for (const { host, written, at } of ovhHosts(checked)) {
      const tooLong = (name: string, place: Path) => {
        if (name.length <= LONGEST_REVERSE) return;
        checked.problems.add(place, {
          message: `OVH takes no reverse name of ${name.length} characters`,
          given: name,
          allowed: `at most ${LONGEST_REVERSE} characters`,
          hint: "choose a shorter name",
        });
      };
      if (written.reverse) tooLong(host.hostname, [...at.slice(0, -1), "hostname"]);
      for (const { at: place, value } of written.additionalIps) tooLong(value.name ?? "", [...place, "name"]);
    }
  },
};

export const OVH_CHECKS: readonly Check[] = [product, serverOnly, partitions, addresses, reverse];
