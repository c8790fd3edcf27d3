/** A ring through the provider's eyes: read, diff, update, with a clock, name servers and hosts of the test's own. */
import { execFileSync } from "node:child_process";
import { type DnsAnswer, DnsError } from "../../../provider/dns/query";
import { onTheWire, type ResourceState, type WireHandler } from "../../../provider/handler";
import { HostUnreachable, type PathFact } from "../../../provider/host";
import type { RingKey } from "../../../provider/keys/contract";
import { dkim, type KeyKind, tls } from "../../../provider/keys/kinds";
import { rememberedFiles, rememberedSilence } from "../../../provider/keys/look";
import { RingHandler } from "../../../provider/keys/ring-handler";
import { UNKNOWN, type ValueMap } from "../../../provider/values";
import { keyFile } from "../../support/folder";
import { HOST } from "../role/fake-hosts";

const CONF = "/etc/rspamd/override.d/dkim_signing.conf";
const line = (selector: string) => `{ selector = "${selector}"; path = "/etc/rspamd/dkim/example.org.rsa.key"; }`;
const DAY = 86_400;
const DKIM: ValueMap = {
  algorithm: "ed25519",
  prefix: "e",
  published: [{ name: "example.org", zone: "example.org" }],
  rotate: 90 * DAY,
  retention: 14 * DAY,
  servers: ["192.0.2.53", "192.0.2.54"],
  holders: [{ host: HOST as unknown as ValueMap, role: "filter", path: CONF, line: line("{selector}") }],
};

/** One ring in a world of its own. */
class World {
  now = Date.parse("2026-01-01T00:00:00Z");
  /** Server -> name -> data; a server that is not here does not answer. */
  readonly dns = new Map<string, Map<string, string[]>>();
  /** Path -> content; undefined: no such file. */
  readonly files = new Map<string, string>();
  down = false;
  asked = 0;
  readonly said: string[] = [];
  readonly warned: string[] = [];
  readonly handler: WireHandler;
  state: ResourceState = { id: "", inputs: {}, outputs: {} };

  constructor(
    kind: KeyKind,
    private news: ValueMap,
  ) {
    this.handler = onTheWire(
      new RingHandler(kind, {
        now: () => this.now,
        dns: rememberedSilence(
          {
            ask: async (server, name, type) => this.answer(server, name, type),
            authoritativeServers: async (zone) => {
              if (zone !== "example.org")
                throw new DnsError("192.0.2.1", { name: zone, type: "NS" }, "question", "NOERROR, and no name servers");
              return [{ name: "ns1.example.org", addresses: ["2001:db8::53", "192.0.2.53"] }];
            },
          },
          () => this.now,
        ),
        files: { read: async (_host, _role, paths) => this.read(paths) },
      }),
    );
    for (const server of ["192.0.2.53", "192.0.2.54"]) this.dns.set(server, new Map());
  }

  answer(server: string, name: string, type: string): DnsAnswer {
    this.asked++;
    const zone = this.dns.get(server);
    if (!zone) throw new DnsError(server, { name, type }, "timeout", "no answer within 2 s");
    const records = (zone.get(name) ?? []).map((data) => ({ name, type, ttl: 60, data }));
    return { status: records.length > 0 ? "NOERROR" : "NXDOMAIN", authoritative: true, authenticated: false, records };
  }

  private read(paths: readonly string[]): Record<string, PathFact | null> {
    if (this.down) throw new HostUnreachable("mail1", "no SSH connection to 192.0.2.1:22", "is it on?");
    const fact = (content: string | undefined): PathFact | null =>
      content === undefined ? null : { kind: "file", content };
    return Object.fromEntries(paths.map((path) => [path, fact(this.files.get(path))]));
  }

  publish(name: string, ...data: string[]): void {
    for (const zone of this.dns.values()) zone.set(name, data);
  }

  readonly report = {
    info: (message: string) => void this.said.push(message),
    warn: (message: string) => void this.warned.push(message),
    progress: () => {},
  };

  async create(): Promise<void> {
    const { id, outputs } = await this.handler.create("urn::dkim-a", this.news, false, this.report);
    this.state = { id, inputs: this.news, outputs };
  }

  /** What `pulumi up` does with the resource: read, diff, and the update where it differs. */
  async run(change: ValueMap = {}, apply = true): Promise<Record<string, string>> {
    this.news = { ...this.news, ...change };
    this.said.length = this.warned.length = 0;
    this.state = (await this.handler.read(this.state, this.report)) ?? this.state;
    const changes = await this.handler.diff(this.state, this.news, this.report, false);
    if (apply && Object.keys(changes).length > 0)
      this.state = { ...this.state, outputs: await this.handler.update(this.state, this.news, false, this.report) };
    this.state = { ...this.state, inputs: this.news };
    return changes;
  }

  get keys(): RingKey[] {
    return this.state.outputs.keys as unknown as RingKey[];
  }
  phases = () => this.keys.map(({ selector, phase }) => `${selector} ${phase}`);
  later = (days: number) => {
    this.now += days * DAY * 1000;
  };
}

const record = (key: RingKey | undefined) => `"v=DKIM1; k=ed25519; p=${key?.publicKey}"`;

describe("a DKIM ring", () => {
  test("goes round: made, seen, at work, retired, revoked, gone; each step is in the diff before it is taken", async () => {
    const world = new World(dkim, DKIM);
    await world.create();
    const name = (selector: string) => `${selector}._domainkey.example.org`;
    world.publish(name("e1"), record(world.keys[0]));
    world.files.set(CONF, line("e1"));
    expect(await world.run()).toEqual({});
    expect([world.said, world.asked]).toEqual([[], 0]);

    world.later(90);
    expect(await world.run()).toEqual({ "keys.e2": "add" });
    expect(world.phases()).toEqual(["e1 active", "e2 next"]);
    expect(world.said).toEqual([expect.stringMatching(/^dkim-a: e1 is 90d old .*e2 is made and published/)]);
    const [first, second] = Object.values(world.state.outputs.privateKeys as Record<string, string>);
    expect(world.state.outputs).toMatchObject({ held: ["e1"], privateKeyPem: first });

    expect(await world.run()).toEqual({});
    expect(world.said).toEqual([expect.stringContaining("192.0.2.53: e2._domainkey.example.org TXT: no such record")]);

    world.dns.get("192.0.2.53")?.set(name("e2"), [record(world.keys[1])]);
    expect(await world.run()).toEqual({});
    expect(world.said[0]).toMatch(/not seen everywhere yet: 192\.0\.2\.54: /);
    world.publish(name("e2"), record(world.keys[1]));
    expect(await world.run()).toEqual({ "keys.e2": "update", "keys.e1": "update" });
    expect(world.state.outputs).toMatchObject({ active: "e2", held: ["e1", "e2"], privateKeyPem: second });
    expect(world.phases()).toEqual(["e1 retired", "e2 active"]);

    world.later(14);
    expect(await world.run()).toEqual({});
    expect(world.warned).toEqual([
      "dkim-a: e1 is retired but still at work on mail1: it stays published; bring the host up to date",
    ]);
    world.files.set(CONF, line("e2"));
    expect(await world.run()).toEqual({ "keys.e1": "update" });
    expect(world.phases()).toEqual(["e1 revoked", "e2 active"]);
    expect(Object.keys(world.state.outputs.privateKeys as object)).toEqual(["e2"]);
    expect(world.state.outputs.held).toEqual(["e2"]);

    world.later(14);
    expect(await world.run()).toEqual({ "keys.e1": "delete" });
    expect(world.phases()).toEqual(["e2 active"]);
    expect(await world.run()).toEqual({});
    expect(world.state.outputs.observed).toBeUndefined();
  });

  /** A ring with e2 made and nothing else wrong. */
  async function underWay(): Promise<World> {
    const world = new World(dkim, DKIM);
    await world.create();
    world.later(90);
    await world.run();
    return world;
  }

  test.each<[string, (key: RingKey | undefined) => string[], RegExp]>([
    ["another key", () => ['"v=DKIM1; k=ed25519; p=AAAA"'], /another key/],
    ["a key of another type", (key) => [`"v=DKIM1; p=${key?.publicKey}"`], /a key of type rsa/],
    ["two records", (key) => [record(key), '"v=DKIM1; p="'], /more than one record/],
  ])("%s at the name is not our key", async (_, data, words) => {
    const world = await underWay();
    world.publish("e2._domainkey.example.org", ...data(world.keys[1]));
    expect(await world.run()).toEqual({});
    expect(world.said[0]).toMatch(words);
  });

  test("the same record in other words is our key: split, other order, blanks", async () => {
    const world = await underWay();
    const p = world.keys[1]?.publicKey ?? "";
    world.publish("e2._domainkey.example.org", `"k = ed25519; v=DKIM1;" " p=${p.slice(0, 9)}" "${p.slice(9)};"`);
    expect(await world.run()).toHaveProperty("keys.e2".split("/"), "update");
  });

  test("a silent server: no step, and a warning that names it; a key seen before has to be seen again", async () => {
    const world = await underWay();
    world.publish("e2._domainkey.example.org", record(world.keys[1]));
    world.dns.delete("192.0.2.54");
    expect(await world.run()).toEqual({});
    expect(world.warned[0]).toMatch(/no step, .*192\.0\.2\.54: no answer to e2/);
  });

  test("an answer that is not from the zone itself does not count: a resolver in between may remember", async () => {
    const world = await underWay();
    world.publish("e2._domainkey.example.org", record(world.keys[1]));
    const answer = world.answer.bind(world);
    world.answer = (...question) => ({ ...answer(...question), authoritative: false });
    expect(await world.run()).toEqual({});
    expect(world.said[0]).toMatch(/not from the zone itself/);
  });

  test("without servers those of the zone are found by NS, and a server without IPv6 on our side is no silent one", async () => {
    const world = new World(dkim, { ...DKIM, servers: UNKNOWN, published: [{ name: "sub.example.org" }] });
    await world.create();
    world.later(90);
    await world.run();
    world.dns.get("192.0.2.53")?.set("e2._domainkey.sub.example.org", [record(world.keys[1])]);
    expect(await world.run()).toHaveProperty(["keys.e2"], "update");
  });

  test("a key of many domains is seen when it is seen at all of them, and a dead server is waited for once", async () => {
    const published = Array.from({ length: 200 }, (_, i) => ({ name: `d${i}.example`, zone: `d${i}.example` }));
    const world = new World(dkim, { ...DKIM, published });
    await world.create();
    world.later(90);
    await world.run();
    for (const { name } of published) world.publish(`e2._domainkey.${name}`, record(world.keys[1]));
    world.dns.get("192.0.2.54")?.delete("e2._domainkey.d77.example");
    expect(await world.run()).toEqual({});
    expect(world.said[0]).toMatch(/: 192\.0\.2\.54: e2\._domainkey\.d77\.example TXT: no such record\. Until/);
    world.dns.delete("192.0.2.54");
    const before = world.asked;
    await world.run();
    expect(world.asked - before).toBeLessThan(200 + 200 * 0.2);
    expect(world.warned).toHaveLength(1);
    world.later(1 / 24);
    world.dns.set("192.0.2.54", world.dns.get("192.0.2.53") ?? new Map());
    expect(await world.run()).toHaveProperty(["keys.e2"], "update");
  });

  /** e2 at work, e1 retired for long. */
  async function retired(): Promise<World> {
    const world = await underWay();
    world.publish("e2._domainkey.example.org", record(world.keys[1]));
    await world.run();
    world.later(30);
    return world;
  }

  test("a host out of reach: its key stays published", async () => {
    const world = await retired();
    world.down = true;
    expect(await world.run()).toEqual({});
    expect(world.warned[0]).toMatch(/nobody knows what is at work on mail1 \(no SSH connection/);
  });

  test("a file that shows neither key proves nothing; no file at all proves that nothing signs", async () => {
    const world = await retired();
    world.files.set(CONF, "# edited by hand");
    expect(await world.run()).toEqual({});
    world.files.delete(CONF);
    expect(await world.run()).toEqual({ "keys.e1": "update" });
  });

  test("a read says what hosts hold, also where the state does not know: nobody goes without a key", async () => {
    const world = new World(dkim, DKIM);
    await world.create();
    const { held: _, ...outputs } = world.state.outputs;
    const { outputs: seen } = (await world.handler.read({ ...world.state, outputs }, world.report)) ?? {};
    expect(seen).toMatchObject({ held: ["e1"] });
  });

  test("a preview changes nothing and says what is known: names, phases, and the key at work", async () => {
    const world = new World(dkim, DKIM);
    const fresh = await world.handler.create("urn::k", DKIM, true, world.report);
    expect(fresh.outputs).toMatchObject({
      ...{ active: "e1", held: ["e1"] },
      keys: [{ selector: "e1", publicKey: UNKNOWN }],
      privateKeyPem: UNKNOWN,
    });
    await world.create();
    world.later(90);
    const before = JSON.stringify(world.state);
    const predicted = await world.handler.update(world.state, DKIM, true, world.report);
    const { privateKeyPem, privateKeys } = world.state.outputs;
    expect(predicted).toMatchObject({ active: "e1", held: ["e1"], privateKeyPem, privateKeys });
    expect((predicted.keys as unknown as RingKey[])[1]).toMatchObject({
      selector: "e2",
      publicKey: UNKNOWN,
      phase: "next",
    });
    expect(JSON.stringify(world.state)).toBe(before);
  });

  test("where the operator publishes, every record that is missing is said in full", async () => {
    const world = new World(dkim, { ...DKIM, servers: UNKNOWN, byHand: true });
    await world.create();
    expect(world.warned[0]).toContain(`e1._domainkey.example.org TXT ${record(world.keys[0])}`);
    world.later(90);
    await world.run();
    await world.run();
    expect(world.warned[0]).toContain(`e2._domainkey.example.org TXT ${record(world.keys[1])}`);
  });

  test("other times in the site file are a change; other places to look are none", async () => {
    const world = new World(dkim, DKIM);
    await world.create();
    expect(await world.run({ servers: ["192.0.2.53"], holders: [] })).toEqual({});
    expect(await world.run({ rotate: 30 * DAY })).toEqual({ rotate: "update" });
    expect(world.phases()).toEqual(["e1 active"]);
    expect(await world.run({ algorithm: "rsa" }, false)).toEqual({ algorithm: "update-replace" });
  });

  test("what cannot be is refused with what is allowed", () => {
    const { handler } = new World(dkim, DKIM);
    expect(
      handler
        .check("urn", { ...DKIM, algorithm: "dsa", retention: -1 })
        .map(({ property, reason }) => `${property} ${reason}`),
    ).toEqual([
      'algorithm is "dsa"; allowed are "rsa" and "ed25519"',
      "retention is -1; a number of seconds is wanted",
    ]);
    expect(handler.check("urn", { ...DKIM, retention: UNKNOWN })).toEqual([]);
  });
});

describe("a ring of a host's certificate", () => {
  const CHAIN = "/etc/postfleet/tls/mail1.example.org/fullchain.pem";
  const PENDING = "/var/lib/postfleet/certificates.reload";
  const TLS: ValueMap = {
    algorithm: "p256",
    prefix: "k",
    published: [{ name: "_25._tcp.mail1.example.org", zone: "example.org" }],
    rotate: 90 * DAY,
    settle: DAY,
    retention: DAY,
    servers: ["192.0.2.53", "192.0.2.54"],
    holders: [{ host: HOST as unknown as ValueMap, role: "certificates", path: CHAIN, pending: PENDING }],
  };
  /** A certificate for a key of the ring, by openssl. */
  const certificate = (world: World, selector: string) => {
    const file = keyFile(pem(world, selector));
    return execFileSync("openssl", ["req", "-x509", "-key", file, "-subj", "/CN=mail1.example.org"]).toString();
  };
  const pem = (world: World, selector: string) =>
    (world.state.outputs.privateKeys as Record<string, string>)[selector] ?? "";

  test("the next key's TLSA stands beside the old one for as long as caches may lack it; then the old one waits for the certificate", async () => {
    const world = new World(tls, TLS);
    await world.create();
    world.files.set(CHAIN, certificate(world, "k1"));
    const [oldCertificate, tlsa] = [world.files.get(CHAIN) ?? "", "_25._tcp.mail1.example.org"];
    world.later(90);
    expect(await world.run()).toEqual({ "keys.k2": "add" });
    world.publish(tlsa, ...world.keys.map(({ publicKey }) => `3 1 1 ${publicKey.toUpperCase()}`));
    expect(await world.run()).toEqual({});
    expect(world.said[0]).toMatch(/seen everywhere; it takes over when no cache can lack it, in 1d/);
    const { seenSince } = world.keys[1] ?? {};
    world.later(0.9);
    expect(await world.run()).toEqual({});
    expect(world.keys[1]?.seenSince).toBe(seenSince);
    world.later(0.1);
    expect(await world.run()).toEqual({ "keys.k2": "update", "keys.k1": "update" });
    expect(world.state.outputs.privateKeyPem).toBe(pem(world, "k2"));

    world.later(30);
    expect(await world.run()).toEqual({});
    expect(world.warned[0]).toMatch(/k1 is retired but still at work on mail1/);
    world.files.set(CHAIN, certificate(world, "k2") + oldCertificate);
    world.files.set(PENDING, "");
    expect(await world.run()).toEqual({});
    world.files.delete(PENDING);
    expect(await world.run()).toEqual({ "keys.k1": "delete" });
    expect(world.phases()).toEqual(["k2 active"]);
  });

  test("one look at which the set lacks the key begins the time anew", async () => {
    const world = new World(tls, TLS);
    await world.create();
    world.later(90);
    await world.run();
    const tlsa = "_25._tcp.mail1.example.org";
    const both = world.keys.map(({ publicKey }) => `3 1 1 ${publicKey}`);
    world.publish(tlsa, ...both);
    await world.run();
    world.later(0.5);
    world.publish(tlsa, both[0] ?? "");
    await world.run();
    expect(world.keys[1]?.seenSince).toBeUndefined();
    world.publish(tlsa, ...both);
    await world.run();
    world.later(0.5);
    expect(await world.run()).toEqual({});
    world.later(0.5);
    expect(await world.run()).toHaveProperty(["keys.k2"], "update");
  });

  test("a certificate that cannot be read may be the old one's", async () => {
    const world = new World(tls, { ...TLS, published: [], settle: 0 });
    await world.create();
    world.later(90);
    await world.run();
    await world.run();
    expect(world.phases()).toEqual(["k1 retired", "k2 active"]);
    world.later(2);
    world.files.set(CHAIN, "-----BEGIN CERTIFICATE-----\nbroken");
    expect(await world.run()).toEqual({});
  });
});

test("many rings read one file of a host once; a later run reads it anew", async () => {
  let [now, reads] = [0, 0];
  const read = async () => {
    reads++;
    return { [CONF]: null };
  };
  const files = rememberedFiles({ read }, () => now);
  await Promise.all([files.read(HOST, "filter", [CONF]), files.read(HOST, "filter", [CONF])]);
  expect(reads).toBe(1);
  await files.read({ ...HOST, name: "mail2", address: "192.0.2.2" }, "filter", [CONF]);
  expect(reads).toBe(2);
  now += 11_000;
  await files.read(HOST, "filter", [CONF]);
  expect(reads).toBe(3);
});
