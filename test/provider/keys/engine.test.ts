/** Rotation with the real engine, a name server of the test's own, and a host that runs the real agent on a folder. */
import { createSocket, type Socket } from "node:dgram";
import { setTimeout as sleep } from "node:timers/promises";
import * as packet from "dns-packet";
import type { RingKey } from "../../../provider/keys/contract";
import { describeWithEngine, Scratch } from "../../engine/scratch";
import { FakeHost, operatorKey } from "../host/fake-host";

jest.setTimeout(240_000);

const CONF = "/etc/rspamd/override.d/dkim_signing.conf";
const TLSA = "_25._tcp.mail1.example.org";

/** A name server of one zone: "name TYPE" -> records. */
class NameServer {
  readonly records = new Map<string, packet.Answer[]>();
  private constructor(private readonly socket: Socket) {}

  static async listen(): Promise<NameServer> {
    const socket = createSocket("udp4");
    const server = new NameServer(socket);
    socket.on("message", (message, from) => {
      const { id = 0, questions = [] } = packet.decode(message);
      const answers = server.records.get(`${questions[0]?.name} ${questions[0]?.type}`) ?? [];
      const flags = packet.AUTHORITATIVE_ANSWER;
      socket.send(packet.encode({ type: "response", id, flags, questions, answers }), from.port, from.address);
    });
    await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
    return server;
  }

  get address(): string {
    return `127.0.0.1:${this.socket.address().port}`;
  }
  txt(name: string, data: string): void {
    this.records.set(`${name} TXT`, [{ type: "TXT", name, ttl: 1, data }]);
  }
  tlsa(...hashes: string[]): void {
    const data = (hex: string) => ({ usage: 3, selector: 1, matchingType: 1, certificate: Buffer.from(hex, "hex") });
    this.records.set(
      `${TLSA} TLSA`,
      hashes.map((hex) => ({ type: "TLSA", name: TLSA, ttl: 1, data: data(hex) })) as packet.Answer[],
    );
  }
  close(): void {
    this.socket.close();
  }
}

describeWithEngine("rotation with the engine", () => {
  let dns: NameServer;
  let host: FakeHost;
  let scratch: Scratch;

  beforeAll(async () => {
    dns = await NameServer.listen();
    host = await new FakeHost("mail1").listen();
    scratch = new Scratch({ provider: true });
    await scratch.must("stack", "init", "test");
  });
  afterAll(async () => {
    scratch.remove();
    await host.close();
    dns.close();
  });

  /** A DKIM ring with its gate, and a ring of a certificate. */
  function program(dkim: object, tls: object): void {
    const config = { sshPrivateKey: operatorKey.private, hosts: "{}" };
    const servers = [dns.address];
    const line = '{ selector = "{selector}"; }';
    const ring = {
      ...{ algorithm: "ed25519", prefix: "e", servers, retention: 1, ...dkim },
      published: [{ name: "example.org", zone: "example.org" }],
      holders: [{ host: host.host, role: "filter", path: CONF, line }],
    };
    const pins = {
      ...{ algorithm: "p256", prefix: "k", servers, settle: 6, retention: 1, ...tls },
      published: [{ name: TLSA, zone: "example.org" }],
    };
    scratch.program(`
      class Provider extends pulumi.ProviderResource {
        constructor() { super("postfleet", "postfleet", ${JSON.stringify(config)}); }
      }
      const provider = new Provider();
      class Any extends pulumi.CustomResource {
        constructor(type, name, args) {
          super(type, name, { ...args, keys: undefined, active: undefined, privateKeys: undefined }, { provider });
        }
      }
      const dkim = new Any("postfleet:dkim:Key", "dkim", ${JSON.stringify(ring)});
      const tls = new Any("postfleet:tls:Key", "tls", ${JSON.stringify(pins)});
      exports.dkim = dkim.keys;
      exports.tls = tls.keys;
      exports.secrets = dkim.privateKeys;`);
  }

  const up = () => scratch.must("up", "--yes", "--skip-preview");
  const keys = async (ring: "dkim" | "tls") => (await scratch.outputs())[ring] as RingKey[];
  const phases = async (ring: "dkim" | "tls") =>
    (await keys(ring)).map(({ selector, phase }) => `${selector} ${phase}`);
  const publish = async () => {
    for (const { selector, publicKey } of await keys("dkim"))
      dns.txt(`${selector}._domainkey.example.org`, `v=DKIM1; k=ed25519; p=${publicKey}`);
  };

  test("at rest a preview is empty, and private keys are in no plain text", async () => {
    program({}, {});
    await up();
    expect(await phases("dkim")).toEqual(["e1 active"]);
    expect(await scratch.must("preview", "--expect-no-changes")).not.toMatch(/e1 is/);
    const pem = Object.values((await scratch.outputs()).secrets as Record<string, string>)[0] ?? "none";
    expect(scratch.stateOnDisk()).not.toContain(pem.split("\n")[1]);
    expect(scratch.stateOnDisk()).toContain("e1");
  });

  test("DKIM: each run takes one step, and the preview before it says which", async () => {
    await publish();
    host.write(CONF, '{ selector = "e1"; }\n');
    program({ rotate: 1 }, {});
    expect(await scratch.must("preview")).toMatch(/e2 is made and published/);
    await up();
    expect(await phases("dkim")).toEqual(["e1 active", "e2 next"]);
    // From here on the rotation ends what it began.
    program({ rotate: 3600 }, {});
    await up();
    expect(await scratch.must("preview", "--expect-no-changes")).toMatch(
      /e2 is next, and not seen everywhere yet: 127\.0\.0\.1:\d+: e2\._domainkey\.example\.org TXT: no such record/,
    );
    await publish();
    const preview = await scratch.must("preview");
    expect(preview).toMatch(/e2 is seen at every authoritative server: it takes over from e1/);
    expect(preview).toMatch(/keys/);
    await up();
    expect(await phases("dkim")).toEqual(["e1 retired", "e2 active"]);
    await sleep(1100);
    expect(await scratch.must("preview", "--expect-no-changes")).toMatch(/e1 is retired but still at work on mail1/);
    host.write(CONF, '{ selector = "e2"; }\n');
    await up();
    expect(await phases("dkim")).toEqual(["e1 revoked", "e2 active"]);
    await sleep(1100);
    await up();
    expect(await phases("dkim")).toEqual(["e2 active"]);
    await scratch.must("preview", "--expect-no-changes");
  });

  test("TLS: what was seen is remembered from run to run, and counts only after its time", async () => {
    program({}, { rotate: 1 });
    await up();
    expect(await phases("tls")).toEqual(["k1 active", "k2 next"]);
    dns.tlsa(...(await keys("tls")).map(({ publicKey }) => publicKey));
    program({}, { rotate: 3600 });
    await up();
    const [, next] = await keys("tls");
    expect(next).toMatchObject({ selector: "k2", phase: "next", seenSince: expect.stringMatching(/^\d{4}-/) });
    await sleep(6100);
    await up();
    expect(await phases("tls")).toEqual(["k1 retired", "k2 active"]);
  });
});
