/** How the hosts of a site are reached; where Postfleet installs a host, by the keys that it gives it. */
import * as pulumi from "@pulumi/pulumi";
import type { HostConnection } from "../provider/manifest";
import type { HostSpec, SiteSpec } from "../site";

/** What an installation says of its host. */
export interface Installation {
  /** Public host keys that were given or believed; empty where nothing was installed. */
  hostKeys: pulumi.Output<string[]>;
  /** When it was installed last; undefined where never by us. */
  installedAt: pulumi.Output<string | undefined>;
}

/** Connections by the name of the host. */
export type Connections = ReadonlyMap<string, pulumi.Output<HostConnection>>;

/** As the site file has it. */
export function connection(site: SiteSpec, host: HostSpec): HostConnection {
  const jump = host.jump === undefined ? undefined : site.hosts.find((other) => other.name === host.jump);
  return {
    name: host.name,
    address: host.address,
    port: host.sshPort,
    user: site.ssh.user,
    hostKeys: host.hostKeys,
    ...(jump ? { jump: connection(site, jump) } : {}),
    ...(host.lost ? { lost: true } : {}),
  };
}

/** All connections; what an installation says comes before what the file has. */
export function connections(site: SiteSpec, installations: ReadonlyMap<string, Installation>): Connections {
  const made = new Map<string, pulumi.Output<HostConnection>>();
  const reach = (host: HostSpec): pulumi.Output<HostConnection> => {
    const known = made.get(host.name);
    if (known) return known;
    const jump = host.jump === undefined ? undefined : site.hosts.find((other) => other.name === host.jump);
    const { jump: _, ...plain } = connection(site, host);
    const { hostKeys = pulumi.output<string[]>([]), installedAt = pulumi.output(undefined) } =
      installations.get(host.name) ?? {};
    const whole = pulumi.all([hostKeys, installedAt, jump ? reach(jump) : pulumi.output(undefined)]).apply(
      ([keys, installed, through]): HostConnection => ({
        ...plain,
        ...(keys.length > 0 ? { hostKeys: keys } : {}),
        ...(through ? { jump: through } : {}),
        ...(installed ? { installed } : {}),
      }),
    );
    made.set(host.name, whole);
    return whole;
  };
  for (const host of site.hosts) reach(host);
  return made;
}
