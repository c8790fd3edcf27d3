import type { MemoryWorld } from "../../../lab/ovh/memory-world";
import type { FakeOvh } from "../../../lab/ovh/server";
import { parseZoneFile } from "../../../lab/ovh/zone-file";
import { quotedText } from "../../../lab/ovh/zone-records";
import { type Answer, call, quickFake, vendorClient } from "./client";

const ZONE = "/domain/zone/example.org";
let fake: FakeOvh;
let world: MemoryWorld;
let get: (path: string) => Promise<Answer["json"]>;
beforeEach(async () => {
  const records = [{ fieldType: "A", subDomain: "www", target: "192.0.2.1" }];
  ({ fake, world, get } = await quickFake({ account: { zones: { "example.org": records } } }));
});
afterEach(() => fake.close());

const add = (record: object): Promise<Answer> => call(fake, "POST", `${ZONE}/record`, record);
const served = (): string => world.published.get("example.org")?.text ?? "";

test("edits, deletions included, are not served before a refresh; the serial grows with it", async () => {
  const before = world.published.get("example.org")?.serial ?? 0;
  const { json: record } = await add({ fieldType: "MX", subDomain: "", target: "10 mx.example.org." });
  const [www] = await get(`${ZONE}/record?fieldType=A&subDomain=www`);
  expect((await call(fake, "DELETE", `${ZONE}/record/${www}`)).text).toBe("null");
  expect(served()).toContain("192.0.2.1");
  expect(served()).not.toContain("mx.example.org");
  expect(await get(`${ZONE}/status`)).toMatchObject({ isDeployed: false });

  expect((await call(fake, "POST", `${ZONE}/refresh`)).status).toBe(204);
  await fake.idle();
  expect(served()).not.toContain("192.0.2.1");
  expect(served()).toContain("@\tIN\tMX 10 mx.example.org.");
  expect(world.published.get("example.org")?.serial).toBeGreaterThan(before);
  expect((await get(`${ZONE}/soa`)).serial).toBe(world.published.get("example.org")?.serial);
  expect(await get(`${ZONE}/status`)).toMatchObject({ isDeployed: true });
  expect(await get(`${ZONE}/record/${record.id}`)).toEqual(record);
});

test("one refresh at a time; what is written after it was asked for waits for the next", async () => {
  fake.settings.delay = 500; // what is on its way is looked at, however busy this machine is
  await call(fake, "POST", `${ZONE}/refresh`);
  await add({ fieldType: "A", subDomain: "late", target: "192.0.2.9" });
  expect((await call(fake, "POST", `${ZONE}/refresh`)).status).toBe(409);
  await fake.idle();
  expect(served()).not.toContain("192.0.2.9");
});

test("the vendor's client takes a refresh for an error when it is answered by 204", async () => {
  const client = vendorClient(fake);
  await expect(client.requestPromised("POST", `${ZONE}/refresh`)).rejects.toEqual({ error: 204, message: null });
  await fake.idle();
  fake.settings.refreshAnswer = "empty";
  expect(await client.requestPromised("POST", `${ZONE}/refresh`)).toBeNull();
});

test("text is quoted, and split where it is too long", async () => {
  expect((await add({ fieldType: "TXT", target: "v=spf1 -all" })).json).toMatchObject({
    subDomain: "",
    target: '"v=spf1 -all"',
    ttl: 0,
  });
  expect(quotedText('"a" "b"')).toBe('"a" "b"');
  expect(quotedText('say "hi"')).toBe('"say \\"hi\\""');
  expect(quotedText("x".repeat(300))).toBe(`"${"x".repeat(255)}" "${"x".repeat(45)}"`);
  expect(quotedText(`"${"x".repeat(256)}"`)).toBe(`"${"x".repeat(255)}" "x"`);
});

test.each([
  ["an unknown type", { fieldType: "WKS", target: "x" }, /fieldType.*Enum/],
  ["a missing target", { fieldType: "A" }, /Missing parameter.*target/],
  ["a field that the call does not take", { fieldType: "A", target: "192.0.2.1", zone: "x" }, /not described.*zone/],
  ["a wrong address", { fieldType: "A", target: "192.0.2.256" }, /Invalid target for A record/],
  [
    "a CAA value without quotes",
    { fieldType: "CAA", target: "0 issue letsencrypt.org" },
    /Invalid target for CAA record/,
  ],
  ["a TTL below a minute", { fieldType: "A", target: "192.0.2.1", ttl: 30 }, /ttl/],
  ["a TTL as text", { fieldType: "A", target: "192.0.2.1", ttl: "60" }, /not valid for type long/],
  ["a CNAME beside others", { fieldType: "CNAME", subDomain: "www", target: "x.example." }, /cannot coexist/],
  ["a CNAME at the apex", { fieldType: "CNAME", subDomain: "", target: "x.example." }, /CNAME/],
  ["the apex as @", { fieldType: "A", subDomain: "@", target: "192.0.2.1" }, /Invalid subDomain/],
  [
    "quoted DKIM",
    { fieldType: "DKIM", subDomain: "s._domainkey", target: '"v=DKIM1; p=x"' },
    /Invalid subfield found in DKIM/,
  ],
  ["DMARC elsewhere", { fieldType: "DMARC", subDomain: "x", target: "v=DMARC1; p=none" }, /DMARC/],
  ["letters that are not ASCII", { fieldType: "TXT", target: "ü" }, /Invalid target/],
])("%s is refused", async (_, record, message) => {
  const answer = await add(record);
  expect(answer.status).toBe(400);
  expect(answer.json).toMatchObject({ class: "Client::BadRequest", message: expect.stringMatching(message) });
});

test("a record beside a CNAME is refused, and the type of a record never changes", async () => {
  const { json: alias } = await add({ fieldType: "CNAME", subDomain: "alias", target: "www.example.org." });
  expect((await add({ fieldType: "A", subDomain: "alias", target: "192.0.2.3" })).status).toBe(400);
  const put = await call(fake, "PUT", `${ZONE}/record/${alias.id}`, { fieldType: "CNAME", target: "x.example." });
  expect(put.json.message).toBe("Try to alter read-only properties: fieldType");
  expect((await call(fake, "PUT", `${ZONE}/record/${alias.id}`, { target: "x.example.", ttl: 60 })).status).toBe(200);
  expect(await get(`${ZONE}/record/${alias.id}`)).toMatchObject({ target: "x.example.", ttl: 60, subDomain: "alias" });
});

test("OVH's own types are served as TXT", async () => {
  await add({ fieldType: "DKIM", subDomain: "s1._domainkey", target: "v=DKIM1; k=rsa; p=AAAA" });
  await add({ fieldType: "SPF", target: "v=spf1 mx -all" });
  await call(fake, "POST", `${ZONE}/refresh`);
  await fake.idle();
  expect(served()).toContain('s1._domainkey\tIN\tTXT "v=DKIM1; k=rsa; p=AAAA"');
  expect(served()).toContain('@\tIN\tTXT "v=spf1 mx -all"');
});

test("filters are patterns; an empty name is the apex, or no filter where that is chosen", async () => {
  await add({ fieldType: "TXT", subDomain: "_dmarc", target: "v=DMARC1; p=none" });
  await add({ fieldType: "TXT", subDomain: "xdmarc", target: "x" });
  // The underscore stands for any letter: clients have to look again.
  expect(await get(`${ZONE}/record?subDomain=_DMARC`)).toHaveLength(2);
  expect(await get(`${ZONE}/record?subDomain=`)).toHaveLength(2);
  fake.settings.emptySubDomain = "all";
  expect(await get(`${ZONE}/record?subDomain=`)).toHaveLength(5);
  expect(await get(`${ZONE}/record?fieldType=NS`)).toHaveLength(2);
});

test("what is exported can be imported: same records, new ids, served without a refresh", async () => {
  await add({ fieldType: "TXT", subDomain: "long", target: `v=1; (a) ; "${"y".repeat(300)}"`, ttl: 300 });
  await add({ fieldType: "CAA", target: '0 issue "ca.example;accounturi=x"' });
  const show = async () => {
    const ids: number[] = await get(`${ZONE}/record`);
    const records = await Promise.all(ids.map((id) => get(`${ZONE}/record/${id}`)));
    const texts = records.map(({ id: _, ...record }) => JSON.stringify(record)).sort();
    return { ids, texts };
  };
  const before = await show();
  const task = await call(fake, "POST", `${ZONE}/import`, { zoneFile: await get(`${ZONE}/export`) });
  expect(task.json).toMatchObject({ status: "todo", function: "DnsZoneImport" });
  await fake.idle();
  expect(await get(`${ZONE}/task/${task.json.id}`)).toMatchObject({ status: "done" });
  const after = await show();
  expect(after.texts).toEqual(before.texts);
  expect(after.ids.some((id) => before.ids.includes(id))).toBe(false);
  expect(served()).toContain("ca.example;accounturi=x");
});

test("zone files: origins, parentheses, comments, owners left out", () => {
  const { records, ttl } = parseZoneFile(
    "example.org",
    '$TTL 600\n@ IN SOA a. b. (1 2 ; no\n 3 4 5)\n\tIN MX 10 mx ; first\n$ORIGIN sub.example.org.\nx 60 IN TXT ("a;b"\n "c")\n',
  );
  expect(ttl).toBe(600);
  expect(records).toEqual([
    { fieldType: "MX", subDomain: "", target: "10 mx", ttl: 0 },
    { fieldType: "TXT", subDomain: "x.sub", target: '"a;b" "c"', ttl: 60 },
  ]);
  expect(() => parseZoneFile("example.org", "other.example. IN A 192.0.2.1")).toThrow("not in example.org");
});

test("DNSSEC: states on the way, then the name servers sign", async () => {
  fake.settings.delay = 500; // what is on its way is looked at, however busy this machine is
  expect(await get(`${ZONE}/dnssec`)).toEqual({ status: "disabled" });
  await call(fake, "POST", `${ZONE}/dnssec`);
  expect(await get(`${ZONE}/dnssec`)).toEqual({ status: "enableInProgress" });
  await fake.idle();
  expect(await get(`${ZONE}/dnssec`)).toEqual({ status: "enabled" });
  expect(world.published.get("example.org")?.signed).toBe(true);
  expect((await call(fake, "POST", `${ZONE}/dnssec`)).status).toBe(400);
  await call(fake, "DELETE", `${ZONE}/dnssec`);
  await fake.idle();
  expect(world.published.get("example.org")?.signed).toBe(false);
});

test("a zone or record that is not ours is not found, in OVH's words", async () => {
  const zone = await call(fake, "GET", "/domain/zone/other.example/record");
  expect([zone.status, zone.json.class, zone.json.message]).toEqual([
    404,
    "Client::NotFound",
    "This service does not exist",
  ]);
  expect((await call(fake, "GET", "/domain/zone/constructor")).status).toBe(404);
  expect((await get(`${ZONE}/record/1`)).message).toBe("The requested object (id = 1) does not exist");
});

test("a name server that fails leaves the task in error with the reason", async () => {
  world.failNext = "the name server is gone";
  await call(fake, "POST", `${ZONE}/refresh`);
  await fake.idle();
  const [id] = await get(`${ZONE}/task`);
  expect(await get(`${ZONE}/task/${id}`)).toMatchObject({ status: "error", comment: "the name server is gone" });
});
