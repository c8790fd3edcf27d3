/** stacks/ovh.example.yaml previews against the fake API, with nobody's credentials: what a newcomer tries first. */
import { generateKeyPairSync } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PROJECT_ROOT } from "../../../cli/paths";
import { describeWithEngine, Scratch } from "../../engine/scratch";
import { fakeAccount } from "../../provider/ovh/ip/fake-account";

jest.setTimeout(120_000);

const EXAMPLE = readFileSync(join(PROJECT_ROOT, "stacks", "ovh.example.yaml"), "utf8");
const SERVERS = {
  "ns1001.ip-192-0-2.eu": { ip: "192.0.2.51", ipv6: "2001:db8:51::/64", backupStorage: true },
  "ns1002.ip-198-51-100.eu": { ip: "198.51.100.52", ipv6: "2001:db8:52::/64" },
};

describeWithEngine("the example of a site at OVH", () => {
  let account: Awaited<ReturnType<typeof fakeAccount>>;
  let scratch: Scratch;

  beforeAll(async () => {
    account = await fakeAccount({ servers: SERVERS, zones: { "campus.example": [], "campus-lists.example": [] } });
    process.env.POSTFLEET_RESOLVER = "127.0.0.1:9"; // nobody is asked on the Internet
    scratch = new Scratch({ provider: true });
    await scratch.must("stack", "init", "test");
  });
  afterAll(async () => {
    scratch.remove();
    await account.close();
    delete process.env.POSTFLEET_RESOLVER;
  });

  /** The program of index.ts, for a site file elsewhere. */
  function program(text: string): void {
    const { host, port, caFile, credentials } = account.fake;
    const endpoint = `{ endpoint: https://${host}:${port}/1.0, caFile: ${caFile} }`;
    const file = join(scratch.directory, "site.yaml");
    writeFileSync(file, text.replace("{ endpoint: ovh-eu }", endpoint));
    const operator = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
    const key = JSON.stringify(operator.export({ type: "pkcs1", format: "pem" }));
    scratch.program(`
      const { Site } = require("${PROJECT_ROOT}/dist/components/site");
      const { loadSite } = require("${PROJECT_ROOT}/dist/plan");
      new Site("site", {
        site: loadSite("${file}"), directory: "${scratch.directory}",
        sshPrivateKey: pulumi.secret(${key}), ovh: pulumi.secret(${JSON.stringify(credentials)}),
      });`);
  }

  test("shows systems, zones, addresses and roles, and writes nothing", async () => {
    program(EXAMPLE);
    const shown = await scratch.must("preview");
    expect(shown).toMatch(/ns1001\.ip-192-0-2\.eu: .*installed/);
    expect(shown).toMatch(/\+ \d+ to create/);
    for (const type of ["ovh:ServerInstall", "dns:Zone", "ovh:ReverseName", "ovh:IpFirewall", "host:Role"]) {
      expect(shown).toContain(`postfleet:${type}`);
    }
    expect(account.writes()).toEqual([]);
    expect(shown).not.toContain(account.fake.credentials.applicationSecret);
  });

  test("what OVH does not have is refused there, with what it has", async () => {
    program(
      EXAMPLE.replace("image: debian13_64", "image: debian13_32").replace(
        "ns1002.ip-198-51-100.eu",
        "ns1020.ip-198-51-100.eu",
      ),
    );
    const { status, stdout } = await scratch.pulumi("preview");
    expect(status).not.toBe(0);
    expect(account.writes()).toEqual([]);
    expect(stdout).toMatch(/"debian13_32" cannot be installed on ns1001[\s\S]*"debian13_64"/);
    expect(stdout).toMatch(/has no dedicated server "ns1020\.ip-198-51-100\.eu"[\s\S]*ns1002\.ip-198-51-100\.eu/);
  });
});
