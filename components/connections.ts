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

const jumpOf = (site: SiteSpec, { jump }: HostSpec): HostSpec | undefined =>
  jump === undefined ? undefined : site.hosts.find(({ name }) => name === jump);

/** As the site file has it; what is known of installations, by name of the host, comes before that. */
export function connection(
  site: SiteSpec,
  host: HostSpec,
  installations: Readonly<Record<string, pulumi.Unwrap<Installation>>> = {},
): HostConnection {
  const jump = jumpOf(site, host);
  const { hostKeys = [], installedAt } = installations[host.name] ?? {};
  return {
    name: host.name,
    address: host.address,
    port: host.sshPort,
    user: site.ssh.user,
    hostKeys: hostKeys.length > 0 ? hostKeys : host.hostKeys,
    ...(jump ? { jump: connection(site, jump, installations) } : {}),
    ...(host.lost ? { lost: true } : {}),
    ...(installedAt ? { installed: installedAt } : {}),
  };
}

/** A host, and those that lead to it. */
function wayTo(site: SiteSpec, host: HostSpec): HostSpec[] {
  const jump = jumpOf(site, host);
  return [host, ...(jump ? wayTo(site, jump) : [])];
}

/** All connections; each waits for the installations on its own way alone. */
export function connections(site: SiteSpec, installations: ReadonlyMap<string, Installation>): Connections {
  return new Map(
    site.hosts.map((host) => {
      const onTheWay = wayTo(site, host).flatMap(({ name }) => {
        const made = installations.get(name);
        return made ? [[name, made] as const] : [];
      });
      const known = pulumi.output(Object.fromEntries(onTheWay));
      return [host.name, known.apply((all) => connection(site, host, all))] as const;
    }),
  );
}

/** The connection to a host of the site; that there is none is a mistake in the program. */
export function connectionTo(all: Connections, name: string): pulumi.Output<HostConnection> {
  const found = all.get(name);
  if (found) return found;
  throw new Error(`internal error: there is no connection to ${name}; there are ${[...all.keys()].join(", ")}`);
}
