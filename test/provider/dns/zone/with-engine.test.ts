/** A zone at the fake OVH, by the real engine and the real provider: what a person sees of drift, of conflicts, of an import. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { PROJECT_ROOT } from "../../../../cli/paths";
import { MemoryWorld } from "../../../../lab/ovh/memory-world";
import { type FakeOvh, startFakeOvh } from "../../../../lab/ovh/server";
import type { RecordSets } from "../../../../provider/dns/zone";
import { describeWithEngine, Scratch } from "../../../engine/scratch";

jest.setTimeout(180_000);

const SPF = '"v=spf1 ip4:192.0.2.25 -all"';
const RECORDS: RecordSets = {
  "example.org MX": { values: ["10 mx1.example.org."] },
  "example.org TXT": { values: [SPF] },
  "mx1.example.org A": { ttl: 300, values: ["192.0.2.25"] },
};

describeWithEngine("a zone with the engine", () => {
  let ovh: FakeOvh;
  let scratch: Scratch;
  const resolver = process.env.POSTFLEET_RESOLVER;

  beforeAll(async () => {
    ovh = await startFakeOvh({ world: new MemoryWorld(), account: { zones: { "example.org": [] } }, delay: 10 });
    // Nobody answers there: the world of this test has no name servers.
    process.env.POSTFLEET_RESOLVER = "127.0.0.1:9";
    scratch = new Scratch();
    const runtime = { name: "nodejs", options: { typescript: false } };
    const plugins = { providers: [{ name: "postfleet", path: join(PROJECT_ROOT, "bin") }] };
    writeFileSync(join(scratch.directory, "Pulumi.yaml"), JSON.stringify({ name: "scratch", runtime, plugins }));
    await scratch.must("stack", "init", "test");
  });
  afterAll(async () => {
    if (resolver === undefined) delete process.env.POSTFLEET_RESOLVER;
    else process.env.POSTFLEET_RESOLVER = resolver;
    scratch.remove();
    await ovh.close();
  });

  function program(records?: RecordSets): void {
    const ovhConfig = JSON.stringify({ endpoint: ovh.url, caFile: ovh.caFile, ...ovh.credentials });
    const args = { zone: "example.org", backend: { kind: "ovh" }, records };
    scratch.program(`
      class Provider extends pulumi.ProviderResource {
        constructor() { super("postfleet", "postfleet", { ovh: pulumi.secret(${JSON.stringify(ovhConfig)}) }); }
      }
      class Zone extends pulumi.CustomResource {
        constructor(args, opts) { super("postfleet:dns:Zone", "example.org", args, opts); }
      }
      const provider = new Provider();
      ${records ? `new Zone(${JSON.stringify(args)}, { provider });` : ""}`);
  }
  const live = () => ovh.state.zones["example.org"]?.records ?? [];

  test("up writes the zone; a plain preview shows what was changed by hand, and leaves what others added", async () => {
    program(RECORDS);
    await scratch.must("up", "--yes", "--skip-preview");
    expect(live().filter(({ fieldType }) => fieldType !== "NS")).toHaveLength(3);
    expect(await scratch.must("preview", "--expect-no-changes")).not.toContain("example.org MX");

    const zone = ovh.state.zones["example.org"];
    if (!zone) throw new Error("the fake lost its zone");
    zone.records = live().filter(({ fieldType }) => fieldType !== "MX");
    for (const record of live()) if (record.fieldType === "A") record.ttl = 60;
    const note = { id: 1, zone: "example.org", fieldType: "TXT", subDomain: "", ttl: 0, target: '"theirs"' };
    zone.records.push(note);
    ovh.log.length = 0;
    const seen = await scratch.must("preview");
    expect(seen).toContain("+ example.org 3600 MX  (changed at the name servers, not by Postfleet)");
    expect(seen).toContain("~ mx1.example.org A: TTL 60 -> 300");
    expect(seen).not.toContain("theirs");
    expect(ovh.log.filter(({ path }) => path.endsWith("/export"))).toHaveLength(1);
    await scratch.must("up", "--yes", "--skip-preview");
    await scratch.must("preview", "--expect-no-changes");
    expect(live()).toContainEqual(note);
    for (const secret of Object.values(ovh.credentials)) expect(scratch.stateOnDisk()).not.toContain(secret);
  });

  test("a record of somebody else in the way is refused by the preview, with both values", async () => {
    const wanted = { ...RECORDS, "example.org CAA": { values: ['0 issue "letsencrypt.org"'] } };
    const target = '0 issue "ca.example"';
    live().push({ id: 2, zone: "example.org", fieldType: "CAA", subDomain: "", ttl: 0, target });
    program(wanted);
    const { status, stdout, stderr } = await scratch.pulumi("preview");
    expect(status).not.toBe(0);
    expect(stdout + stderr).toContain('wanted: example.org 3600 CAA 0 issue "letsencrypt.org"');
    expect(stdout + stderr).toContain('found:  example.org 3600 CAA 0 issue "ca.example"');
  });

  test("a zone that is there can be imported, and what the program leaves out stays", async () => {
    program(RECORDS);
    const urn = "urn:pulumi:test::scratch::postfleet:dns:Zone::example.org";
    await scratch.must("state", "delete", urn, "--yes");
    const provider = "postfleet=urn:pulumi:test::scratch::pulumi:providers:postfleet::postfleet";
    const flags = ["--provider", provider, "--yes", "--generate-code=false", "--protect=false"];
    await scratch.must("import", "postfleet:dns:Zone", "example.org", "example.org", ...flags);
    const before = JSON.stringify(live());
    expect(await scratch.must("preview")).toContain("= example.org MX: there already, becomes ours");
    await scratch.must("up", "--yes", "--skip-preview");
    expect(JSON.stringify(live())).toBe(before);
    await scratch.must("preview", "--expect-no-changes");
  });

  test("destroy removes what is ours and nothing else", async () => {
    await scratch.must("destroy", "--yes", "--skip-preview");
    expect(
      live()
        .map(({ fieldType }) => fieldType)
        .sort(),
    ).toEqual(["CAA", "NS", "NS", "TXT"]);
  });
});
