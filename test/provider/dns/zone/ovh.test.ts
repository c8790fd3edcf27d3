/** Zones at OVH, against the fake API over HTTPS with the vendor's own client; resolvers see what the fake published. */

import { MemoryWorld } from "../../../../lab/ovh/memory-world";
import { type FakeOvh, startFakeOvh } from "../../../../lab/ovh/server";
import { type ZoneInputs, zoneHandler } from "../../../../provider/dns/zone";
import { OvhZone } from "../../../../provider/dns/zone/backends/ovh";
import { parseMasterFile } from "../../../../provider/dns/zone/master-file";
import { ovhApi } from "../../../../provider/ovh";
import type { OvhApi } from "../../../../provider/ovh/api";
import { Stack } from "./engine";

jest.setTimeout(30_000);

const TIMING = { firstMs: 5, longestMs: 20, totalMs: 200, answerMs: 5000 };
const SPF = '"v=spf1 ip4:192.0.2.25 -all"';
const NOTE = '"site-verification=abc"';
let world: MemoryWorld;
let ovh: FakeOvh;
let stack: Stack;
/** Milliseconds until a server is given up. */
let limit: number;
/** Servers that never get the zone. */
let deaf: string[];
/** The export shows what is served, in the place of what is being edited. */
let staleExport: boolean;

beforeAll(async () => {
  world = new MemoryWorld();
  const zones = { "example.org": [], "example.net": [], "other.example": [] };
  ovh = await startFakeOvh({ world, account: { zones }, delay: 20 });
});
afterAll(() => ovh.close());

beforeEach(async () => {
  await ovh.idle();
  [limit, deaf, staleExport] = [3000, [], false];
  ovh.faults.clear();
  ovh.grant([{ method: "*", path: "/*" }]);
  Object.assign(ovh.settings, { emptySubDomain: "apex", recordIdZero: false });
  await put();
  ovh.log.length = 0;
  stack = new Stack(handler);
});

/** The records of others, published; those before are gone. */
async function put(
  ...records: { fieldType: string; subDomain?: string; target: string; ttl?: number }[]
): Promise<void> {
  const { zones } = ovh.state;
  const zone = zones["example.org"];
  if (!zone) throw new Error("the fake has lost its zone");
  zone.records = zone.records.filter(({ fieldType }) => fieldType === "NS");
  for (const [i, record] of records.entries()) {
    zone.records.push({ id: 900 + i, zone: zone.name, subDomain: "", ttl: 0, ...record });
  }
  zone.published = structuredClone({ records: zone.records, soa: zone.soa });
  await world.publish({ zone: zone.name, serial: zone.soa.serial, text: `$TTL 3600\n${textOf()}`, signed: false });
}

const textOf = () => {
  const zone = ovh.state.zones["example.org"];
  const lines = (zone?.records ?? []).map(
    ({ subDomain, ttl, fieldType, target }) =>
      `${subDomain || "@"} ${ttl || 3600} IN ${/^(DKIM|SPF|DMARC)$/.test(fieldType) ? "TXT" : fieldType} ${target}`,
  );
  const { server, email, serial } = zone?.soa ?? {};
  return `@ IN SOA ${server} ${email} ${serial} 86400 3600 3600000 60\n${lines.join("\n")}\n`;
};

/** What public DNS answers: the zone as the world has it. */
const dns = {
  ask: async (server: string, name: string, type: string) => {
    const { text = "" } = world.published.get("example.org") ?? {};
    const records = deaf.includes(server) ? [] : parseMasterFile(text, "example.org", 3600).records;
    const found = records.filter((record) => record.name === name && record.type === type);
    const answers = found.map(({ value, ...record }) => ({ ...record, data: value }));
    return { status: "NOERROR", authoritative: true, authenticated: false, records: answers };
  },
  authoritativeServers: async () => [
    { name: "dns.ovh.example", addresses: ["192.0.2.53"] },
    { name: "ns.ovh.example", addresses: ["192.0.2.54"] },
  ],
};

function handler() {
  const api = ovhApi({ endpoint: ovh.url, caFile: ovh.caFile, ...ovh.credentials }, TIMING);
  const served: OvhApi = {
    ...api,
    get: async <T>(path: string, query?: Record<string, string>) =>
      path.endsWith("/export") ? (world.published.get("example.org")?.text as T) : api.get<T>(path, query),
  };
  const polling = { everyMs: 20, limitMs: limit };
  return zoneHandler({
    ovh: () => (staleExport ? served : api),
    powerdns: () => ({}),
    dns,
    polling,
    ovhPolling: { everyMs: 10, limitMs: 1000 },
  });
}

function zone(parts: Partial<ZoneInputs> = {}): ZoneInputs {
  const records = {
    "example.org MX": { ttl: 3600, values: ["10 mx1.example.org."] },
    "example.org TXT": { ttl: 3600, values: [SPF] },
    "mx1.example.org A": { ttl: 300, values: ["192.0.2.25"] },
    "mx1.example.org AAAA": { ttl: 3600, values: ["2001:db8:0:0::25"] },
  };
  return { zone: "example.org", backend: { kind: "ovh" }, records, ...parts };
}

const changed = (records: ZoneInputs["records"]) => zone({ records: { ...zone().records, ...records } });
const written = () => ovh.log.filter(({ method }) => method !== "GET");
const refreshes = () => written().filter(({ path }) => path.endsWith("/refresh")).length;
/** What is being edited: everything but the name servers. */
const edited = () =>
  (ovh.state.zones["example.org"]?.records ?? [])
    .filter(({ fieldType }) => fieldType !== "NS")
    .map(({ fieldType, subDomain, target, ttl }) => `${subDomain || "@"} ${ttl} ${fieldType} ${target}`)
    .sort();
const served = async (name: string, type: string) =>
  (await dns.ask("192.0.2.53", name, type)).records.map(({ data }) => data);

test("a new zone: a preview writes nothing; the update writes all, refreshes once, and ends when it is served", async () => {
  await stack.preview(zone());
  expect(written()).toEqual([]);
  expect(stack.told).toEqual(["zone example.org (ovh): 4 record sets to add"]);
  await stack.up(zone());
  expect(edited()).toEqual([
    "@ 3600 MX 10 mx1.example.org.",
    `@ 3600 TXT ${SPF}`,
    "mx1 300 A 192.0.2.25",
    "mx1 3600 AAAA 2001:db8::25",
  ]);
  expect(refreshes()).toBe(1);
  expect(written().at(-1)?.path).toBe("/domain/zone/example.org/refresh");
  expect(await served("example.org", "MX")).toEqual(["10 mx1.example.org."]);
  expect(stack.state?.id).toBe("ovh/example.org");
});

test("a zone as it was left: no change, not a word, and one call for the whole of it", async () => {
  await stack.up(zone());
  ovh.log.length = 0;
  expect(await stack.preview(zone())).toEqual({});
  expect(stack.told).toEqual([]);
  const calls = ovh.log.map(({ path }) => path).filter((path) => path !== "/auth/time");
  expect(calls).toEqual(["/domain/zone/example.org/export"]);
});

test("what others have in the zone is never shown and never touched, through update and removal", async () => {
  const theirs = [
    { fieldType: "TXT", target: NOTE, ttl: 600 },
    { fieldType: "A", subDomain: "www", target: "203.0.113.80" },
  ];
  await put(...theirs);
  await stack.up(zone());
  expect(await stack.preview(zone())).toEqual({});
  await stack.up(changed({ "example.org TXT": { ttl: 3600, values: ['"v=spf1 -all"'] } }));
  expect(edited()).toContain(`@ 600 TXT ${NOTE}`);
  await stack.destroy();
  expect(edited()).toEqual([`@ 600 TXT ${NOTE}`, "www 0 A 203.0.113.80"]);
});

test("deleted by hand and another TTL are shown and mended; a foreign record that came is left alone", async () => {
  await stack.up(zone());
  const records = ovh.state.zones["example.org"]?.records ?? [];
  await put(
    ...records
      .filter(({ fieldType }) => fieldType !== "NS" && fieldType !== "AAAA")
      .map((record) => (record.fieldType === "MX" ? { ...record, ttl: 60 } : record)),
    { fieldType: "TXT", target: NOTE },
  );
  expect(await stack.preview(zone())).toEqual({
    'records["mx1.example.org AAAA"]': "add",
    'records["example.org MX"].ttl': "update",
  });
  expect(stack.told.join()).toContain(
    "~ example.org MX: TTL 60 -> 3600  (changed at the name servers, not by Postfleet)",
  );
  expect(stack.told.join()).not.toContain("verification");
  await stack.up(zone());
  expect(await stack.preview(zone())).toEqual({});
  expect(edited()).toContain(`@ 0 TXT ${NOTE}`);
});

test("equal records are taken over, in whatever type and spelling OVH has them, and nothing is doubled", async () => {
  await put(
    { fieldType: "MX", target: "10 mx1" },
    { fieldType: "SPF", target: SPF.replaceAll('"', ""), ttl: 3600 },
    { fieldType: "A", subDomain: "mx1", target: "192.0.2.25", ttl: 300 },
  );
  await stack.preview(zone());
  expect(stack.told.join()).toContain("= example.org TXT: there already, becomes ours");
  await stack.up(zone());
  expect(edited()).toHaveLength(4);
  expect(edited()).toContain(`@ 3600 SPF ${SPF.replaceAll('"', "")}`);
  expect(written().filter(({ method }) => method === "POST")).toHaveLength(2);
});

test("a second SPF, a foreign MX and a CNAME in the way are refused together, with both values, before anything is written", async () => {
  await put(
    { fieldType: "TXT", target: '"v=spf1 include:spf.example.com ~all"' },
    { fieldType: "MX", target: "1 mx.example.com." },
    { fieldType: "CNAME", subDomain: "mx1", target: "host.example.com." },
  );
  const refused = await stack.preview(zone()).catch((error) => error);
  for (const text of [
    "include:spf.example.com ~all",
    SPF,
    "1 mx.example.com.",
    "10 mx1.example.org.",
    "host.example.com.",
  ]) {
    expect(refused.message).toContain(text);
  }
  expect(refused.hint).toContain('takeOver: ["example.org MX","example.org TXT","mx1.example.org CNAME"]');
  await expect(stack.up(zone())).rejects.toThrow("nothing was written");
  expect(written()).toEqual([]);
  await stack.up(zone({ takeOver: ["example.org MX", "example.org TXT", "mx1.example.org CNAME"] }));
  expect(edited().join()).not.toContain("example.com");
  expect(await served("mx1.example.org", "A")).toEqual(["192.0.2.25"]);
});

test("the preview of a new zone names what is taken over, and neither what is new nor what stays", async () => {
  await put({ fieldType: "MX", target: "1 mx.example.com." }, { fieldType: "TXT", target: NOTE });
  await stack.preview(zone({ takeOver: ["example.org MX"] }));
  expect(stack.told).toEqual([
    "zone example.org (ovh): 4 record sets to add\n  - example.org MX: taken over, and removed\n      - 1 mx.example.com.",
  ]);
});

test("an SPF that somebody adds beside ours is refused, not removed; one that replaces ours is drift", async () => {
  await stack.up(zone());
  const ours = (ovh.state.zones["example.org"]?.records ?? []).filter(({ fieldType }) => fieldType !== "NS");
  await put(...ours, { fieldType: "TXT", target: '"v=spf1 +all"' });
  await expect(stack.up(changed({ "example.org MX": { values: ["20 mx1.example.org."] } }))).rejects.toThrow(
    '"v=spf1 +all"',
  );
  await put(...ours.filter(({ fieldType }) => fieldType !== "TXT"), { fieldType: "TXT", target: '"v=spf1 +all"' });
  expect(await stack.up(zone())).toMatchObject({ 'records["example.org TXT"].values': "update" });
  expect(edited()).toContain(`@ 3600 TXT ${SPF}`);
  expect(edited().join()).not.toContain("+all");
});

test("an SPF that somebody adds beside ours is warned of where nothing else changes", async () => {
  await stack.up(zone());
  const ours = (ovh.state.zones["example.org"]?.records ?? []).filter(({ fieldType }) => fieldType !== "NS");
  await put(...ours, { fieldType: "TXT", target: '"v=spf1 +all"' });
  expect(await stack.preview(zone())).toEqual({});
  expect(stack.warned.join()).toContain('found:  example.org 3600 TXT "v=spf1 +all"');
});

test("a removal whose refresh failed is published by the next one", async () => {
  await stack.up(zone());
  ovh.faults.add({ method: "POST", path: /\/refresh$/, status: 403, times: 1 });
  await expect(stack.destroy()).rejects.toThrow("refused to publish");
  expect(await served("example.org", "MX")).toHaveLength(1);
  await stack.destroy();
  await ovh.idle();
  expect(await served("example.org", "MX")).toEqual([]);
});

test("OVH fails in the middle: nothing of the change is served, and the next run finishes it without doubling", async () => {
  ovh.faults.add({ method: "POST", path: /\/record$/, status: 500, skip: 2, times: 1 });
  await expect(stack.up(zone())).rejects.toThrow("500");
  expect(edited()).toHaveLength(2);
  expect(refreshes()).toBe(0);
  expect(await served("example.org", "MX")).toEqual([]);
  await stack.up(zone());
  expect(edited()).toHaveLength(4);
  expect(await served("example.org", "MX")).toEqual(["10 mx1.example.org."]);
  expect(await served("mx1.example.org", "AAAA")).toEqual(["2001:db8::25"]);
});

test("an export that shows only what is served: nothing is doubled, and no edit of a failed update slips out", async () => {
  staleExport = true;
  ovh.faults.add({ method: "POST", path: /\/record$/, status: 500, skip: 2, times: 1 });
  await expect(stack.up(zone())).rejects.toThrow("500");
  await stack.up(zone());
  expect(edited()).toHaveLength(4);
  await ovh.idle();
  ovh.faults.add({ method: "PUT", path: /\/record\//, status: 400, skip: 1, times: 1 });
  const failing = changed({
    "example.org MX": { values: ["5 x.example.org."] },
    "mx1.example.org A": { values: ["192.0.2.9"] },
  });
  await expect(stack.up(failing)).rejects.toThrow("400");
  expect(edited()).toContain("@ 3600 MX 5 x.example.org.");
  await stack.up(changed({ "mx1.example.org AAAA": { ttl: 60, values: ["2001:db8::25"] } }));
  expect(await served("example.org", "MX")).toEqual(["10 mx1.example.org."]);
});

test("all is written and the refresh fails: the next run publishes, though the records are as wanted already", async () => {
  await stack.up(zone());
  const next = changed({ "mx1.example.org A": { ttl: 300, values: ["192.0.2.26"] } });
  ovh.faults.add({ method: "POST", path: /\/refresh$/, status: 403, times: 1 });
  await expect(stack.up(next)).rejects.toThrow("nothing of the change is served");
  expect(await served("mx1.example.org", "A")).toEqual(["192.0.2.25"]);
  await stack.preview(next);
  expect(stack.told.join()).toContain("~ mx1.example.org A: written already, to be published");
  await stack.up(next);
  expect(await served("mx1.example.org", "A")).toEqual(["192.0.2.26"]);
  expect(await stack.preview(next)).toEqual({});
});

test("credentials without the right to refresh: refused in preview and update, naming the rule, before anything is written", async () => {
  ovh.grant([
    { method: "GET", path: "/domain/zone*" },
    { method: "POST", path: "/domain/zone/*/record" },
    { method: "PUT", path: "/domain/zone/*" },
    { method: "DELETE", path: "/domain/zone/*" },
  ]);
  const refused = await stack.preview(zone()).catch((error) => error);
  expect(refused.message).toContain("missing:\n  POST /domain/zone/example.org/refresh");
  expect(refused.hint).toContain("docs/ovh.md");
  await expect(stack.up(zone())).rejects.toThrow("nothing was written");
  expect(written()).toEqual([]);
});

test("a zone that is not in the account is refused in preview, with the nearest that are", async () => {
  const refused = await stack.preview({ ...zone(), zone: "example.com", records: {} }).catch((error) => error);
  expect(refused.message).toBe(
    "OVH has no zone example.com in this account; it has example.org, example.net, other.example",
  );
});

test("a refresh that is scheduled already is waited for; one after our last write is what counts", async () => {
  ovh.faults.add({ method: "POST", path: /\/refresh$/, status: 409, times: 3 });
  await stack.up(zone());
  expect(refreshes()).toBe(4);
  expect(await served("example.org", "MX")).toEqual(["10 mx1.example.org."]);
});

test("a server that never answers the change is named, with what it answers; the next run asks again", async () => {
  [limit, deaf] = [200, ["192.0.2.54"]];
  const failed = await stack.up(zone()).catch((error) => error);
  expect(failed.message).toContain("ns.ovh.example (192.0.2.54) does not serve the zone");
  expect(failed.message).not.toContain("192.0.2.53");
  deaf = [];
  await stack.up(zone());
  expect(edited()).toHaveLength(4);
});

test("OVH's oddities: ids of 0, an empty filter that finds everything, text longer than 255 characters", async () => {
  Object.assign(ovh.settings, { emptySubDomain: "all", recordIdZero: true });
  const long = `v=DKIM1; k=rsa; p=${"A".repeat(392)}`;
  const key = { ttl: 3600, values: [`"${long.slice(0, 255)}" "${long.slice(255)}"`] };
  const wanted = changed({ "s1._domainkey.example.org TXT": key });
  await stack.up(wanted);
  expect(edited()).toHaveLength(5);
  expect(await stack.preview(wanted)).toEqual({});
});

test("credentials that were changed: the read with the old ones fails, and the diff with the new ones goes on", async () => {
  await stack.up(zone());
  ovh.faults.add({ path: /\/export$/, status: 403, times: 1 });
  expect(await stack.preview(zone())).toEqual({});
  expect(stack.warned.join()).toContain("could not be read");
  ovh.faults.add({ path: /\/export$/, status: 403, times: 2 });
  await expect(stack.preview(zone())).rejects.toThrow("403");
});

test.each([null, "", "$TTL 3600\n", "example.org. 3600 IN NS ns1.example.\n"])(
  "%j is not the whole zone: taken for it, nothing of others would be in the way",
  async (answer) => {
    const api = { get: async () => answer } as unknown as OvhApi;
    await expect(new OvhZone(api, "example.org", { everyMs: 1, limitMs: 1 }).read()).rejects.toThrow(/no SOA record/);
  },
);
