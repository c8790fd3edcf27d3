/** What the file says of OVH, with its defaults. */
import { values } from "./schema/kinds";
import type { SiteDraft } from "./schema/site";
import type { OvhHostSpec, OvhInstallSpec, OvhProjectSpec, OvhSpec } from "./types";

type HostDraft = NonNullable<NonNullable<SiteDraft["hosts"]>[number]["value"]["ovh"]>;
type InstallDraft = NonNullable<HostDraft["install"]>;
type Draft = NonNullable<SiteDraft["ovh"]>;

/** Whether anything of the site is at OVH. */
export function usesOvh(draft: SiteDraft): boolean {
  return (
    draft.ovh !== undefined ||
    draft.dns.provider === "ovh" ||
    (draft.hosts ?? []).some(({ value }) => value.ovh !== undefined)
  );
}

/** A host of OVH; `name` is its name in the site. */
export function buildOvhHost(name: string, host: HostDraft): OvhHostSpec {
  const product = host.vps === undefined ? "server" : "vps";
  const storage = host.backupStorage;
  return {
    product,
    service: host.server ?? host.vps ?? "",
    ...(host.install !== undefined && { install: buildInstall(product, host.install) }),
    firewall: host.firewall,
    ...(host.monitoring !== undefined && { monitoring: host.monitoring }),
    reverse: host.reverse,
    additionalIps: values(host.additionalIps).map((ip) => ({ address: ip.address ?? "", name: ip.name ?? "" })),
    ...(host.vrackInterface !== undefined && { vrackInterface: host.vrackInterface }),
    ...(storage !== undefined && {
      backupStorage: {
        protocols: values(storage.protocols),
        access: storage.access === undefined ? [name] : values(storage.access),
      },
    }),
  };
}

function buildInstall(product: OvhHostSpec["product"], install: InstallDraft): OvhInstallSpec {
  return {
    image: install.image ?? (product === "vps" ? "Debian 13" : "debian13_64"),
    ...(install.reinstall !== undefined && { reinstall: install.reinstall }),
    partitions: values(install.partitions ?? []).map(({ mount = "", size, fs, raid }) => ({
      mount,
      size: size ?? 0,
      fs: fs ?? (mount === "swap" ? "swap" : "ext4"),
      ...(raid !== undefined && { raid }),
    })),
    trustFirstContact: install.trustFirstContact,
  };
}

/** OVH as the site uses it; without a section of its own, the API of Europe and nothing rented. */
export function buildOvh(ovh: Draft | undefined): OvhSpec {
  return {
    endpoint: ovh?.endpoint ?? "ovh-eu",
    ...(ovh?.caFile !== undefined && { caFile: ovh.caFile }),
    ...(ovh?.vrack !== undefined && { vrack: ovh.vrack }),
    nas: (ovh?.nas ?? []).map(({ key: service, value }) => ({
      service,
      partitions: (value.partitions ?? []).map(({ key: name, value: { size, protocol, access, snapshots } }) => ({
        name,
        size: size ?? 0,
        protocol,
        access: values(access ?? []),
        snapshots: values(snapshots),
      })),
    })),
    ...(ovh?.project !== undefined && { project: buildProject(ovh.project) }),
  };
}

function buildProject({ id = "", region = "", buckets }: NonNullable<Draft["project"]>): OvhProjectSpec {
  return {
    id,
    region,
    buckets: buckets.map(({ key: name, value: { versioning, objectLock } }) => ({
      name,
      versioning,
      ...(objectLock !== undefined && { objectLock: { mode: objectLock.mode, period: objectLock.period ?? 0 } }),
    })),
  };
}
