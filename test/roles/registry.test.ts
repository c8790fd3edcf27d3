/** What must hold between all roles, as they are declared, and as they stand in the plans of sites. */
import { type Deployment, planned } from "../../plan";
import type { Plan } from "../../plan/types";
import { REGISTRY } from "../../roles";
import type { AnyRole, Listener } from "../../roles/define";
import { isLinkAddress, linkAddress } from "../../roles/shared/link";
import { isLoopback } from "../../roles/shared/net";
import { PORTS } from "../../roles/shared/paths";
import { host as hostOf, type SiteSpec } from "../../site";
import { SPREAD, siteOf, stack } from "../plan/sites";

const NAMES: string[] = REGISTRY.map(({ name }) => name);

/** Every role that a file can name on a host of its own, most with both kinds of addresses; POP3 is served. */
const APART = `${SPREAD.replace(
  /^ {2}out1: .*$/m,
  "  out1: { address: 192.0.2.3, address6: 2001:db8::3, location: lille, roles: [submission] }",
)
  .replace("192.0.2.4,", "192.0.2.4, address6: 2001:db8::4,")
  .replace("192.0.2.8,", "192.0.2.8, address6: 2001:db8::8,")
  .replace(/^ {2}old1: /m, "  ns1: { address: 192.0.2.10, location: lille, roles: [nameserver] }\n$&")
  .replace(
    /^ {2}old1: /m,
    "  filter1: { address: 192.0.2.11, location: lille, roles: [filter] }\n$&",
  )}mailstore: { pop3: true }
`;

describe("each role", () => {
  test("has a name and a component of its own", () => {
    expect(new Set(NAMES).size).toBe(NAMES.length);
    expect(new Set(REGISTRY.map(({ component }) => component)).size).toBe(NAMES.length);
  });

  test.each(REGISTRY.map((role) => [role.name, role] as const))("%s names only roles that there are", (_, role) => {
    const used = Object.values(role.uses ?? {});
    const named: string[] = [
      ...role.needs.map((need) => need.role),
      ...(role.impliedBy ?? []),
      ...used.flatMap(({ roles, port }) => [...roles, ...Object.keys(port)]),
    ];
    expect(named.filter((name) => !NAMES.includes(name) || name === role.name)).toEqual([]);
    // A role without its port would be found and never asked.
    for (const { roles, port } of used) expect(Object.keys(port).sort()).toEqual([...roles].sort());
  });

  test.each(REGISTRY.map((role) => [role.name, role] as const))("%s keeps its data in separate places", (_, role) => {
    const paths = role.data.map(({ path }) => path);
    expect(paths.filter((path) => !/^(\/[^/]+)+$/.test(path))).toEqual([]);
    const inside = paths.filter((path, index) =>
      paths.some((other, at) => at !== index && `${path}/`.startsWith(`${other}/`)),
    );
    expect(inside).toEqual([]);
  });

  test.each(REGISTRY.map((role) => [role.name, role] as const))(
    "%s says of what is watched what is normal",
    (_, role) => {
      const bounds = role.watch.map(({ what, normal: { least, most } }) => ({ what, bounds: [least, most] }));
      const open = bounds.filter((each) => !each.bounds.some((bound) => Number.isFinite(bound)));
      expect(open).toEqual([]);
      for (const { normal } of role.watch) expect(normal.least ?? 0).toBeLessThanOrEqual(normal.most ?? Infinity);
    },
  );
});

/** Roles that hosts turn to by their own addresses: backups have TLS of their own, and the link is what the others go through. */
const OUTSIDE_THE_LINK = ["backup", "link"];

/** Pairs of hosts of which one turns to the other, by no public name. */
const exchanging = ({ instances }: Plan): string[][] =>
  instances
    .filter(({ lost }) => !lost)
    .flatMap(({ host, uses }) =>
      uses
        .filter(({ choice }) => choice !== "by name")
        .flatMap(({ targets }) => targets.map(({ instance }) => [host, instance.replace(/^[a-z-]+-/, "")])),
    );

/** Addresses of the hosts that may connect to an instance, found by which instances stand where. */
function mayConnect(site: SiteSpec, plan: Plan, id: string, to: Exclude<Listener["to"], "world">): string[] {
  const { hosts, instances } = plan;
  const at = instances.find((one) => one.id === id);
  const roles: readonly string[] | undefined = to === "site" ? undefined : to;
  return hosts
    .filter(({ lost }) => !lost)
    .filter(
      ({ name }) => roles?.some((role) => instances.some((one) => one.host === name && one.role === role)) ?? true,
    )
    .filter(
      ({ name }) =>
        at?.role !== "link" ||
        exchanging(plan).some((pair) => name !== at.host && pair.includes(name) && pair.includes(at.host)),
    )
    .flatMap(({ name, addresses }) =>
      name === at?.host || OUTSIDE_THE_LINK.includes(at?.role ?? "")
        ? addresses
        : [linkAddress(site, hostOf(site, name))],
    );
}

/** The manifest of an instance, without what keys bring. */
const textOf = ({ role, args }: Deployment): string => {
  const late: object = { dkim: [] };
  return JSON.stringify(role.manifest({ ...args, ...late }).files);
};

const SITES = { lab: stack("lab"), spread: SPREAD, apart: APART };

describe.each(Object.entries(SITES))("the plan of %s", (_name, yaml) => {
  const site = siteOf(yaml);
  const { plan, deployments } = planned(site);
  // A lost host has left the link: it lets nobody in.
  const restricted = plan.instances
    .filter(({ role, lost }) => !(role === "link" && lost))
    .flatMap(({ id, listens }) =>
      listens.flatMap(({ to, ...listener }) => (to === "world" ? [] : [{ id, to, ...listener }])),
    );

  test("what is not open to the world is open to exactly the hosts that have the roles it is for", () => {
    expect(restricted.length).toBeGreaterThan(4);
    for (const { id, port, to, from } of restricted) {
      const hosts = mayConnect(site, plan, id, to).sort();
      expect(hosts).not.toEqual([]);
      // Without addresses it is on loopback alone, and what comes from the host itself comes by loopback.
      const own = plan.hosts.find(({ name }) => name === found(id)?.host)?.addresses ?? [];
      const others = (addresses: readonly string[]) => addresses.filter((address) => !own.includes(address)).sort();
      if (from) expect({ id, port, from: others(from) }).toEqual({ id, port, from: others(hosts) });
      else expect([PORTS.milter, PORTS.policy]).toContain(port);
    }
  });

  test("what is open to the world names no addresses", () => {
    const open = plan.instances.flatMap(({ listens }) => listens.filter(({ to }) => to === "world"));
    expect(open.filter(({ from }) => from !== undefined)).toEqual([]);
  });

  const used = plan.instances.flatMap(({ id, host, lost, uses }) =>
    uses.flatMap(({ use, targets }) => targets.map((target) => ({ id, host, lost, use, ...target }))),
  );
  const found = (id: string) => plan.instances.find((one) => one.id === id);

  /**
   * The milter has neither TLS nor passwords, so each filter has it on loopback alone, for the MTAs of its own host.
   */
  const onLoopback = ({ instance, port }: (typeof used)[number]) =>
    found(instance)?.role === "filter" && port === PORTS.milter;

  test("every port that is used is one that the target listens on, and lets that host in", () => {
    expect(used.length).toBeGreaterThan(6);
    const deaf = used
      .filter((each) => !onLoopback(each))
      .filter(({ host, lost, instance, port, address }) => {
        const listener = found(instance)?.listens.find((one) => one.port === port && one.protocol !== "udp");
        const isLetIn =
          listener?.to === "world" ||
          isLoopback(address) ||
          (isLinkAddress(address) && listener?.from?.includes(linkAddress(site, hostOf(site, host))));
        return listener === undefined || !(isLetIn || lost);
      });
    expect(deaf).toEqual([]);
  });

  test("the milter is used on loopback, where the filter of that host has it", () => {
    const local = used.filter(onLoopback);
    expect(local.map(({ id }) => id)).toEqual(
      plan.instances.filter(({ role }) => ["mx", "submission"].includes(role)).map(({ id }) => id),
    );
    for (const { host, instance, address } of local) {
      expect({ instance, address }).toEqual({ instance: `filter-${host}`, address: "127.0.0.1" });
      const filter = deployments.find((one) => one.instance.id === instance);
      expect(filter && textOf(filter)).toContain(`ListenStream=127.0.0.1:${PORTS.milter}\\n`);
    }
  });
});

test("these sites have every role, and every use of another role", () => {
  const mute = stack("lab").replace("submission, ", "").replace(", webmail", "");
  const plans = [...Object.values(SITES), mute].map((yaml) => planned(siteOf(yaml)).plan);
  const instances = plans.flatMap((plan) => plan.instances);
  expect(new Set(instances.map(({ role }) => role))).toEqual(new Set(NAMES));
  expect(instances.map(({ id }) => id)).toEqual(expect.arrayContaining(["filter-filter1", "nameserver-ns1"]));
  const roleOf = new Map<string, string>(instances.map(({ id, role }) => [id, role]));
  const line = (role: string, use: string, target: string | undefined) => `${role} uses ${target} as ${use}`;
  const seen = instances.flatMap(({ role, uses }) =>
    uses.flatMap(({ use, targets }) => targets.map(({ instance }) => line(role, use, roleOf.get(instance)))),
  );
  const declared = REGISTRY.flatMap(({ name, uses = {} }: AnyRole) =>
    Object.entries(uses).flatMap(([use, { roles }]) => roles.map((target) => line(name, use, target))),
  );
  expect([...new Set(seen)].sort()).toEqual(declared.sort());
});
