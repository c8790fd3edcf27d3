/** Addresses and storage at OVH with the real engine, the real provider and the programs' classes, against the fake API. */
import { createSocket } from "node:dgram";
import * as packet from "dns-packet";
import { PROJECT_ROOT } from "../../../cli/paths";
import { describeWithEngine, Scratch } from "../../engine/scratch";
import { fakeAccount } from "../../provider/ovh/ip/fake-account";

jest.setTimeout(240_000);

const [ADDRESS, NAME, NAS, PROJECT] = ["192.0.2.1", "mail1.example.org", "zpool-1", "0123456789abcdef0123456789abcdef"];

/** A resolver that knows one name. */
async function resolver(): Promise<{ address: string; close(): void }> {
  const socket = createSocket("udp4", (message, from) => {
    const { id = 0, questions = [] } = packet.decode(message);
    const [question] = questions;
    const known = question?.name === NAME && question.type === "A";
    const answers: packet.Answer[] = known ? [{ type: "A", name: NAME, ttl: 1, data: ADDRESS }] : [];
    socket.send(packet.encode({ type: "response", id, questions, answers }), from.port, from.address);
  });
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  return { address: `127.0.0.1:${socket.address().port}`, close: () => socket.close() };
}

describeWithEngine("addresses and storage at OVH with the engine", () => {
  let account: Awaited<ReturnType<typeof fakeAccount>>;
  let dns: Awaited<ReturnType<typeof resolver>>;
  let scratch: Scratch;

  beforeAll(async () => {
    dns = await resolver();
    process.env.POSTFLEET_RESOLVER = dns.address;
    account = await fakeAccount({
      servers: { ns1: { ip: ADDRESS }, ns2: { ip: "192.0.2.2" } },
      additionalIps: { "192.0.2.8/32": "ns1" },
      nashas: { [NAS]: { ip: "10.0.0.5", zpoolSize: 1000 } },
      projects: { [PROJECT]: ["GRA"] },
    });
    account.world.forward.add(`${NAME} ${ADDRESS}`);
    scratch = new Scratch({ provider: true });
    await scratch.must("stack", "init", "test");
  });
  afterAll(async () => {
    scratch.remove();
    await account.close();
    dns.close();
    delete process.env.POSTFLEET_RESOLVER;
  });

  /** The program; `rules` of the firewall as JavaScript. */
  function program(
    rules = "[{ action: 'permit', protocol: 'tcp', destinationPort: 25 }, { action: 'deny', protocol: 'ipv4' }]",
  ): void {
    const { host, port, caFile, credentials } = account.fake;
    const ovh = JSON.stringify({ endpoint: `https://${host}:${port}`, caFile, ...credentials });
    scratch.program(`
      const { ReverseName, IpFirewall, AdditionalIp } = require("${PROJECT_ROOT}/dist/components/ovh/addresses");
      const { NasShare, ObjectStorage } = require("${PROJECT_ROOT}/dist/components/ovh/storage");
      class Provider extends pulumi.ProviderResource {
        constructor() { super("postfleet", "postfleet", { ovh: pulumi.secret(${JSON.stringify(ovh)}) }); }
      }
      const options = { provider: new Provider() };
      const moved = new AdditionalIp("moved", { block: "192.0.2.8", service: "ns2" }, options);
      // Not known before the address has moved.
      const after = moved.routedTo;
      new ReverseName("mail1", { address: "${ADDRESS}", name: "${NAME}", after }, options);
      new IpFirewall("mail1", { address: "${ADDRESS}", rules: ${rules} }, options);
      const share = new NasShare("mail", {
        nas: "${NAS}", partition: "mail", size: 100, access: [{ ip: "${ADDRESS}" }], snapshots: ["day-1"],
      }, options);
      const objectLock = { mode: "governance", period: "P7D" };
      const store = new ObjectStorage("backups", { project: "${PROJECT}", region: "GRA", container: "backups", objectLock }, options);
      module.exports = { mountPath: share.mountPath, accessKey: store.accessKey, secretKey: store.secretKey };`);
  }

  test("a preview writes nothing, an update makes all, and then a preview finds nothing to do", async () => {
    program();
    await scratch.must("preview");
    expect(account.writes()).toEqual([]);
    await scratch.must("up", "--yes", "--skip-preview");
    expect(account.world.reverseNames.get(ADDRESS)).toBe(NAME);
    expect(account.world.routes.get("192.0.2.8/32")).toBe("ns2");
    expect(account.fake.state.ips[`${ADDRESS}/32`]?.firewalls[ADDRESS]).toMatchObject({ enabled: true });
    const [credential] = account.fake.state.projects[PROJECT]?.users[0]?.credentials ?? [];
    expect(await scratch.outputs()).toEqual({
      mountPath: `10.0.0.5:/${NAS}/mail`,
      accessKey: credential?.access,
      secretKey: credential?.secret,
    });
    const state = scratch.stateOnDisk();
    expect(state).toContain(credential?.access);
    for (const hidden of [credential?.secret, account.fake.credentials.applicationSecret])
      expect(state).not.toContain(hidden);
    await scratch.must("preview", "--expect-no-changes");
  });

  test("what was changed by hand is in the preview, with both values, and nothing else", async () => {
    const block = account.fake.state.ips[`${ADDRESS}/32`];
    if (block) block.reverse[ADDRESS] = "hand.example.org";
    const rule = block?.firewalls[ADDRESS]?.rules[0];
    if (rule) rule.destinationPort = "eq 26";
    account.writes();
    const shown = await scratch.must("preview", "--diff", "--suppress-outputs", "--color", "never");
    expect(shown).toMatch(/name *: "hand\.example\.org" => "mail1\.example\.org"/);
    expect(shown).toMatch(/destinationPort *: 26 => 25/);
    expect(shown).toMatch(/~ 2 to update/);
    expect(account.writes()).toEqual([]);
    await scratch.must("up", "--yes", "--skip-preview");
    await scratch.must("preview", "--expect-no-changes");
    expect(block?.reverse[ADDRESS]).toBe(NAME);
  });

  test("21 rules are refused in the preview", async () => {
    program("Array.from({ length: 21 }, (_, i) => ({ action: 'permit', protocol: 'tcp', destinationPort: i + 1 }))");
    const { status, stdout, stderr } = await scratch.pulumi("preview");
    expect(status).not.toBe(0);
    expect(stdout + stderr).toContain("are 21; OVH takes 20 for an address");
  });

  test("destroying the stack takes names and firewall away, and no data", async () => {
    program();
    account.writes();
    const said = await scratch.must("destroy", "--yes", "--skip-preview");
    const gone = account.writes().map(({ method, path }) => `${method} ${decodeURIComponent(path)}`);
    expect(gone.filter((call) => call.startsWith("DELETE")).sort()).toEqual([
      `DELETE /ip/${ADDRESS}/32/firewall/${ADDRESS}`,
      `DELETE /ip/${ADDRESS}/32/reverse/${ADDRESS}`,
    ]);
    expect(said).toContain("Postfleet never deletes one");
    expect(said).toContain("still leads to ns2");
    expect(account.fake.state.nashas[NAS]?.partitions).toHaveLength(1);
  });
});
