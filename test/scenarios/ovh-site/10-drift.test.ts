/** A zone tells what somebody changed in it, and leaves alone what is not ours. */
import { call, dig, expectNoChange, nameServers, pulumi, up } from "../support/ovh";

const ZONE = "/domain/zone/campus.example";

interface ZoneRecord {
  id: number;
  subDomain: string;
  fieldType: string;
  target: string;
  ttl: number;
}

async function recordOf(subDomain: string, fieldType: string): Promise<ZoneRecord> {
  const ids = await call<number[]>("GET", `${ZONE}/record`, { fieldType, subDomain });
  const records = await Promise.all(ids.map((id) => call<ZoneRecord>("GET", `${ZONE}/record/${id}`)));
  const [record] = records.filter((each) => each.subDomain === subDomain);
  if (!record) throw new Error(`no ${fieldType} record of "${subDomain}"`);
  return record;
}

beforeAll(async () => {
  const lost = await recordOf("_dmarc", "TXT");
  await call("DELETE", `${ZONE}/record/${lost.id}`);
  await call("POST", `${ZONE}/record`, { fieldType: "A", subDomain: "www", target: "192.0.2.80", ttl: 300 });
  const slow = await recordOf("_smtp._tls", "TXT");
  await call("PUT", `${ZONE}/record/${slow.id}`, { subDomain: slow.subDomain, target: slow.target, ttl: 7200 });
  await call("POST", `${ZONE}/refresh`);
}, 60_000);

test("the preview shows the record that is gone and the changed TTL, and not the foreign one", async () => {
  const { output } = await pulumi(["preview"]);
  expect(output).toMatch(/_dmarc\.campus\.example/);
  expect(output).toMatch(/7200/);
  expect(output).not.toMatch(/www|192\.0\.2\.80/);
  expect(output).toMatch(/1 to update/);
}, 120_000);

test("the update mends both, and the foreign record stays", async () => {
  expect((await up()).status).toBe(0);
  for (const server of await nameServers()) {
    expect(await dig(server, "_dmarc.campus.example", "TXT")).toMatch(/v=DMARC1/);
    expect(await dig(server, "www.campus.example", "A")).toBe("192.0.2.80");
  }
  expect(await recordOf("_smtp._tls", "TXT")).toMatchObject({ ttl: 60 });
  await expectNoChange();
}, 240_000);
