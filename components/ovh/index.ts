/** What a site has at OVH, beside its zones. */
import type * as pulumi from "@pulumi/pulumi";
import { host as hostNamed, type OvhSpec, type SiteSpec } from "../../site";
import { Vrack } from "./servers";
import { NasShare, ObjectStorage } from "./storage";

export { OvhHost } from "./host";
export { operatorKey } from "./operator-key";

/** Storage and the private network: what belongs to no single host. */
export function ovhServices(site: SiteSpec, ovh: OvhSpec, options: pulumi.CustomResourceOptions): void {
  const servers = site.hosts.flatMap(({ ovh: at, lost }) => (at?.product === "server" && !lost ? [at] : []));
  if (ovh.vrack !== undefined) {
    const interfaces = servers.flatMap(({ vrackInterface }) => vrackInterface ?? []);
    const whole = servers.filter(({ vrackInterface }) => vrackInterface === undefined).map(({ service }) => service);
    new Vrack(ovh.vrack, { vrack: ovh.vrack, servers: whole, interfaces }, options);
  }
  for (const { service, partitions } of ovh.nas) {
    for (const { name, size, protocol, access, snapshots } of partitions) {
      const clients = access.map((client) => ({ ip: hostNamed(site, client).address }));
      new NasShare(
        `${service}-${name}`,
        { nas: service, partition: name, size, protocol, access: clients, snapshots },
        options,
      );
    }
  }
  for (const { name, versioning, objectLock } of ovh.project?.buckets ?? []) {
    const { id = "", region = "" } = ovh.project ?? {};
    const lock = objectLock && { mode: objectLock.mode, period: `P${objectLock.period}D` };
    const container = { project: id, region, container: name, versioning, ...(lock ? { objectLock: lock } : {}) };
    new ObjectStorage(name, container, options);
  }
}
