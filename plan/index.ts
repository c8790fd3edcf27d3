/** The plan of a site: one pure function between the site file and all that acts on it. */
import type { AnyRole, InnerPort, RoleContext, SiteContext } from "../roles/define";
import { isLinkAddress } from "../roles/shared/link";
import {
  addressesOf,
  type HostSpec,
  type Knowledge,
  loadSite as load,
  readSite as read,
  type SiteReading,
  type SiteSpec,
  servesOwnZones,
} from "../site";
import { backupClients, backupTargets, dataSetOf, dataSetsOf } from "./data-sets";
import { declaredRecords } from "./dns/declared-rule";
import { reverseNames } from "./dns/host-records";
import { plannedRecords } from "./dns/records";
import { zoneNames } from "./dns/zones";
import { edgeLimit } from "./edge-firewall";
import { edgesOf, wavesOf } from "./edges";
import { endpointsOf, usesOf } from "./endpoints";
import { certificateNames, publicNames, RULES } from "./names";
import { peersOf } from "./peers";
import { ORDER, rolesOn, servesTls } from "./placement";
import { ringsOf, signersOf } from "./rings";
import type { Instance, Plan, PlannedZone } from "./types";

export type { Edge, Instance, Plan, PlannedHost, Ring } from "./types";

/** What the rules of a site file know of roles and of plans. */
export const KNOWLEDGE: Knowledge = {
  roles: RULES,
  ofPlan: [edgeLimit((site) => plan(site)), declaredRecords((site) => plan(site))],
};

/** Reads a site file with the roles that there are. Throws `SiteFileError` with all problems when one of them is an error. */
export const loadSite = (file: string): SiteSpec => load(file, KNOWLEDGE);

/** Reads a site file and the files it names; does not throw. */
export const readSite = (file: string): SiteReading => read(file, KNOWLEDGE);

/** What it takes to make one instance real. */
export interface Deployment {
  instance: Instance;
  role: AnyRole;
  host: HostSpec;
  /** The role's arguments, but for those that follow from facts. */
  args: object;
  context: RoleContext;
}

/** A site as roles see it. */
export const siteContext = (site: SiteSpec): SiteContext => ({
  site,
  signers: signersOf(site),
  zones: zoneNames(site),
  certificateNames: certificateNames(site),
});

/** The plan of a site. */
export const plan = (site: SiteSpec): Plan => planned(site).plan;

/** The plan, and what it takes to make each of its instances real. */
export function planned(site: SiteSpec): { plan: Plan; deployments: Deployment[] } {
  const context = siteContext(site);
  const { signers } = context;
  const records = plannedRecords(context);
  const zones = plannedZones(site);
  const placed = place(context);
  const edges = edgesOf(
    placed.map(({ id, role, host }) => ({ id, role, host: host.name, lost: host.lost })),
    zones,
  );
  const waves = wavesOf(
    placed.map(({ id }) => id),
    edges,
  );
  const dataSet = dataSetOf(site);
  const deployments = placed.map(({ id, role, host, uses, context: own, args }): Deployment => {
    const instance: Instance = {
      id,
      role: role.name,
      host: host.name,
      lost: host.lost,
      wave: waves.get(id) ?? 0,
      packages: role.packages(args()),
      listens: role.listens(args()),
      uses,
      watch: role.watch,
      update: role.update,
    };
    return { instance, role, host, args: args(), context: own };
  });
  return {
    deployments,
    plan: {
      site: site.site,
      hosts: site.hosts.map((host) => ({
        name: host.name,
        hostname: host.hostname,
        location: host.location,
        addresses: addressesOf([host]),
        atOvh: host.ovh !== undefined,
        lost: host.lost,
        dataSet: dataSet(host),
        certificateNames: servesTls(site, host) ? context.certificateNames(host) : [],
      })),
      instances: deployments.map(({ instance }) => instance),
      edges,
      zones,
      records,
      reverse: reverseNames(site),
      names: publicNames(site).map(({ name, role, hosts }) => ({ name, role, hosts: hosts.map((host) => host.name) })),
      rings: ringsOf(site, signers, records),
      signers,
      dataSets: dataSetsOf(site),
    },
  };
}

/** Every role on every host, in the order in which they come up. Arguments are made when they are asked for. */
function place(context: SiteContext) {
  const { site } = context;
  const dataSet = dataSetOf(site);
  const around = { ...context, dataSet, backupClients: backupClients(site), backupTargets: backupTargets(site) };
  const onHost = new Map(site.hosts.map((host) => [host.name, new Set(rolesOn(site, host))]));
  const all = ORDER.flatMap((role) =>
    site.hosts
      .filter(({ name }) => onHost.get(name)?.has(role))
      .map((host) => {
        const uses = usesOf(site, host, role);
        const own: RoleContext = {
          ...around,
          host,
          endpoints: endpointsOf(uses),
          peers: peersOf(site, host),
          packagesOfOthers: () => packagesOf(host, role),
          innerPorts: () => innerPortsOf(host),
          linkPorts: () => linkPortsOf(host),
        };
        let made: object | undefined;
        return {
          id: `${role.name}-${host.name}`,
          role,
          host,
          uses,
          context: own,
          args: () => (made ??= role.args(own)),
        };
      }),
  );
  const packagesOf = (host: HostSpec, except: AnyRole): string[] => {
    const others = all.filter((one) => one.host === host && one.role !== except);
    return [...new Set(others.flatMap(({ role, args }) => role.packages(args())))].sort();
  };
  const innerPortsOf = (host: HostSpec): InnerPort[] => {
    const here = all.filter((one) => one.host === host);
    const usersOf = (roles: readonly string[]) =>
      here.filter(({ role }) => roles.includes(role.name)).flatMap(({ role }) => role.users ?? []);
    return here
      .flatMap(({ role, args }) => (role.firewallIsBase ? [] : role.listens(args())))
      .filter(({ protocol }) => protocol !== "udp")
      .flatMap(({ port, to }) => (typeof to === "string" ? [] : [{ port, users: [...new Set(usersOf(to))].sort() }]))
      .sort((one, other) => one.port - other.port);
  };
  const linkPortsOf = (host: HostSpec): InnerPort[] => {
    const users = new Map<number, string[]>();
    for (const one of all.filter((each) => each.host === host)) {
      const targets = one.uses.flatMap((use) => use.targets).filter(({ address }) => isLinkAddress(address));
      for (const { port } of targets) users.set(port, [...(users.get(port) ?? []), ...(one.role.users ?? [])]);
    }
    return [...users]
      .map(([port, names]) => ({ port, users: [...new Set(names)].sort() }))
      .sort((one, other) => one.port - other.port);
  };
  return all;
}

function plannedZones(site: SiteSpec): PlannedZone[] {
  const servedBy = servesOwnZones(site) ? "nameserver" : site.dns.provider;
  return zoneNames(site).map((name) => ({ name, servedBy }));
}
