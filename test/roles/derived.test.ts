/** What a role need not say, because it follows from its declaration: shown with one that no site has. */

import type { AnyRole, Data, Facts, Listener, RoleContext, RoleDeclaration } from "../../roles/define";
import { defineRole, fromFacts, isPrecious } from "../../roles/derived";
import type { SecretShape } from "../../roles/secrets";
import { owned } from "../../roles/shared/paths";

type Declaration = RoleDeclaration<Args, never, SecretShape>;
interface Args {
  listeners?: Listener[];
}

/** A role that declares nothing, but for what a test adds. It has a real name, as only those are names of roles. */
const role = (more: Partial<Declaration> = {}) =>
  defineRole<Args, never, SecretShape>({
    name: "relay",
    component: "Relay",
    summary: "",
    software: "",
    needs: [],
    hosts: { several: false, twins: "alike" },
    packages: () => [],
    listens: ({ listeners = [] }) => listeners,
    data: [],
    watch: [],
    update: { by: "reload", notice: "", twins: "in turn" },
    args: () => ({}),
    manifest: () => ({}),
    ...more,
  });
const data = (path: string, more: Partial<Data> = {}): Data => ({
  ...{ path, what: "", backup: false, precious: false, loss: "" },
  ...more,
});

const DROP_IN = "/etc/nftables.d/relay.nft";
/** Lines of a file below the one that says who owns it. */
const lines = (made: ReturnType<typeof role>, path: string, args: Args = {}): string[] | undefined => {
  const content = made.manifest(args).files[path]?.content;
  if (content === undefined) return undefined;
  expect(content.startsWith(owned("relay"))).toBe(true);
  return content.slice(owned("relay").length).split("\n");
};
const rules = (...listeners: Listener[]) => lines(role(), DROP_IN, { listeners });

test("a role that declares nothing wants nothing of its host", () => {
  expect(role().manifest({})).toEqual({
    role: "relay",
    packages: {},
    packagesAhead: [],
    users: {},
    directories: {},
    files: {},
    secretFiles: {},
    links: {},
    removed: {},
    sysctl: {},
    prepare: [],
    validate: [],
    services: {},
    health: [],
    keep: [],
    allowed: [],
  });
});

describe("the firewall", () => {
  const world = (port: number, protocol?: "tcp" | "udp"): Listener => ({
    ...{ port, to: "world" },
    ...(protocol ? { protocol } : {}),
  });

  test("one port of the world is a number, several are a set, in the order in which they are declared", () => {
    expect(rules(world(443))).toEqual(["tcp dport 443 accept", ""]);
    expect(rules(world(465, "tcp"), world(25), world(587))).toEqual(["tcp dport { 465, 25, 587 } accept", ""]);
    expect(rules(world(53, "udp"))).toEqual(["udp dport 53 accept", ""]);
    expect(rules({ ...world(443), from: ["192.0.2.1"] })).toEqual(["tcp dport 443 accept", ""]);
    expect(rules(world(53, "udp"), world(123, "udp"))).toEqual(["udp dport { 53, 123 } accept", ""]);
  });

  test("UDP and TCP have a line each", () => {
    expect(rules(world(53, "tcp"), world(53, "udp"), world(80))).toEqual([
      "udp dport 53 accept",
      "tcp dport { 53, 80 } accept",
      "",
    ]);
  });

  test("what is not for the world is for its addresses alone, each family by itself, below the note that explains it", () => {
    expect(
      rules(
        { port: 24, to: ["relay"], from: ["192.0.2.1", "2001:db8::1", "192.0.2.1"], note: "LMTP from the relays" },
        world(993),
        { port: 10025, to: "site", from: ["192.0.2.2", "192.0.2.3"] },
      ),
    ).toEqual([
      "tcp dport 993 accept",
      "# LMTP from the relays",
      "ip saddr { 192.0.2.1 } tcp dport 24 accept",
      "ip6 saddr { 2001:db8::1 } tcp dport 24 accept",
      "ip saddr { 192.0.2.2, 192.0.2.3 } tcp dport 10025 accept",
      "",
    ]);
  });

  test("without an address nobody is let in, and loopback needs no rule: there is no drop-in then", () => {
    const inner = rules({ port: 24, to: ["relay"] }, { port: 25, to: "site", from: ["127.0.0.1", "::1"] });
    expect(inner).toBeUndefined();
  });

  test("is reloaded when the drop-in changes, before the role's own units", () => {
    const own = { enabled: true, running: true, reloadOn: [], restartOn: [] };
    const made = role({ manifest: () => ({ services: { "relay.service": own } }) });
    const { services, files } = made.manifest({ listeners: [world(25)] });
    expect(Object.entries(services)).toEqual([
      ["nftables.service", { enabled: true, running: true, reloadOn: [DROP_IN], restartOn: [] }],
      ["relay.service", own],
    ]);
    expect(files[DROP_IN]).toMatchObject({ mode: "0644", owner: "root", group: "root" });
    expect(Object.keys(made.manifest({}).services)).toEqual(["relay.service"]);
  });

  test("has no drop-in of a role whose ports are open from the start", () => {
    const { files, services } = role({ firewallIsBase: true }).manifest({ listeners: [world(22)] });
    expect({ files, services }).toEqual({ files: {}, services: {} });
  });
});

test("the unit that serves TLS is reloaded when the certificate was renewed", () => {
  const { files } = role({ tlsUnit: "relay.service" }).manifest({});
  expect(Object.keys(files)).toEqual(["/etc/postfleet/renew.d/relay"]);
  expect(lines(role({ tlsUnit: "relay.service" }), "/etc/postfleet/renew.d/relay")).toEqual(["relay.service", ""]);
});

test("all data is kept, and backups save what they shall, and no more", () => {
  const made = role({ data: [data("/srv/a", { backup: true }), data("/srv/cache"), data("/srv/b", { backup: true })] });
  expect(made.manifest({}).keep).toEqual(["/srv/a", "/srv/cache", "/srv/b"]);
  expect(lines(made, "/etc/postfleet/backup.d/relay")).toEqual(["/srv/a", "/srv/b", ""]);
  const cache = role({ data: [data("/srv/cache")] }).manifest({});
  expect({ files: cache.files, keep: cache.keep }).toEqual({ files: {}, keep: ["/srv/cache"] });
});

describe("what follows from facts", () => {
  const known = { records: [], signing: { ring: { active: "r1", held: ["r1"] } } } as unknown as Facts;
  const context = { zones: ["example.org"] } as unknown as RoleContext;

  test("is made of those that are named, and names them to whoever waits", () => {
    const made = fromFacts(["signing", "records"], ({ zones }, { signing, records }) => [zones, signing, records]);
    expect(made.facts).toEqual(["signing", "records"]);
    expect(made.make(context, known)).toEqual([["example.org"], known.signing, known.records]);
  });

  test("others are refused by the compiler: nobody waits for them, so they would be empty", () => {
    // @ts-expect-error "records" is not named
    fromFacts(["signing"], (_, { records }) => records);
    // @ts-expect-error no fact is named
    fromFacts([], (_, { signing }) => signing);
    // @ts-expect-error a function that reads more than is named
    fromFacts(["signing"], (_, all: Facts) => all.records);
    // @ts-expect-error there is no such fact
    fromFacts(["secrets"], () => 1);
    const role: Partial<Declaration> = {
      // @ts-expect-error it is not made by fromFacts
      late: { from: ["signing"], args: () => ({}) },
    };
    expect(role).toBeDefined();
  });
});

test("packages are wanted in any version", () => {
  const { packages } = role({ packages: () => ["postfix", "curl"] }).manifest({});
  expect(packages).toEqual({ postfix: "present", curl: "present" });
});

test("what a role says itself stands beside what follows", () => {
  const file = { content: "x", mode: "0600", owner: "root", group: "root" };
  const made = role({
    tlsUnit: "relay.service",
    data: [data("/srv/a")],
    manifest: () => ({ files: { "/etc/own": file }, keep: ["/srv/own"], sysctl: { "net.ipv4.ip_forward": "1" } }),
  });
  const { files, keep, sysctl } = made.manifest({});
  expect(files["/etc/own"]).toBe(file);
  expect(Object.keys(files).sort()).toEqual(["/etc/own", "/etc/postfleet/renew.d/relay"]);
  expect(keep).toEqual(["/srv/a", "/srv/own"]);
  expect(sysctl).toEqual({ "net.ipv4.ip_forward": "1" });
});

test("a host is backed up for what nothing brings back, not for what is saved besides", () => {
  const precious = (...all: Data[]) => isPrecious({ ...role(), data: all } as AnyRole);
  expect(precious(data("/srv/a", { backup: true }), data("/srv/b", { precious: true }))).toBe(true);
  expect(precious(data("/srv/a", { backup: true }))).toBe(false);
  expect(precious()).toBe(false);
});

describe("what the rules of the site file know", () => {
  const needs: Declaration["needs"] = [
    { role: "mailstore", why: "it delivers there" },
    { role: "filter", why: "it is asked", optional: true },
    { role: "certificates", why: "it speaks TLS" },
  ];

  test("only needs that a site file can meet and must", () => {
    const { rule } = role({ needs, impliedBy: ["mx"], hosts: { several: true, twins: "alike" } });
    expect(rule).toMatchObject({
      ...{ name: "relay", impliedBy: ["mx"], several: true },
      needs: [{ role: "mailstore", why: "it delivers there" }],
    });
  });

  test("nothing of a role that it cannot name", () => {
    expect(role({ name: "certificates", needs })).not.toHaveProperty("rule");
  });
});
