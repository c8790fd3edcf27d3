/** DNSSEC of a zone at OVH, against the fake API: switched on after the records, waited for, never switched off. */
import { MemoryWorld } from "../../../../lab/ovh/memory-world";
import { type FakeOvh, startFakeOvh } from "../../../../lab/ovh/server";
import type { State } from "../../../../lab/ovh/state";
import { type ZoneInputs, zoneHandler } from "../../../../provider/dns/zone";
import { ovhApi } from "../../../../provider/ovh";
import type { OvhApi } from "../../../../provider/ovh/api";
import { Stack } from "./engine";

jest.setTimeout(30_000);

const TIMING = { firstMs: 5, longestMs: 20, totalMs: 200, answerMs: 5000 };
const DNSSEC = "/domain/zone/example.org/dnssec";
let ovh: FakeOvh;
let stack: Stack;
/** Remembers the rules of its credentials for as long as a run. */
let api: OvhApi;
/** Milliseconds that DNSSEC may take. */
let limit: number;

beforeAll(async () => {
  ovh = await startFakeOvh({ world: new MemoryWorld(), account: { zones: { "example.org": [] } }, delay: 20 });
});
afterAll(() => ovh.close());

beforeEach(async () => {
  await ovh.idle();
  ovh.faults.clear();
  ovh.grant([{ method: "*", path: "/*" }]);
  ovh.settings.delay = 20;
  const kept = live().records.filter(({ fieldType }) => fieldType === "NS");
  Object.assign(live(), { records: kept, dnssec: "disabled" });
  ovh.log.length = 0;
  limit = 2000;
  // Nobody can be asked what is served: that is the business of other tests.
  const dns = { ask: () => Promise.reject(new Error("not here")), authoritativeServers: async () => [] };
  const ovhPolling = () => ({ everyMs: 10, limitMs: 1000, dnssec: { everyMs: 10, limitMs: limit } });
  api = newApi();
  stack = new Stack(() => zoneHandler({ ovh: () => api, powerdns: () => ({}), dns, ovhPolling: ovhPolling() }));
});

function live(): State["zones"][string] {
  const zone = ovh.state.zones["example.org"];
  if (!zone) throw new Error("the fake has lost its zone");
  return zone;
}

const newApi = () => ovhApi({ endpoint: ovh.url, caFile: ovh.caFile, ...ovh.credentials }, TIMING);

const zone = (more: Partial<ZoneInputs> = {}): ZoneInputs => ({
  zone: "example.org",
  backend: { kind: "ovh" },
  records: { "example.org MX": { values: ["10 mx1.example.org."] } },
  ...more,
});
const signed = zone({ dnssec: true });
const written = () => ovh.log.filter(({ method }) => method !== "GET").map(({ method, path }) => `${method} ${path}`);
const asked = () => written().filter((call) => call === `POST ${DNSSEC}`).length;

test("a new zone: the preview says it and writes nothing; the update asks once, after the records, and ends when it is on", async () => {
  await stack.preview(signed);
  expect(stack.told.join()).toContain("~ DNSSEC: disabled -> enabled");
  expect(written()).toEqual([]);
  await stack.up(signed);
  expect(written().slice(-2)).toEqual(["POST /domain/zone/example.org/refresh", `POST ${DNSSEC}`]);
  expect(asked()).toBe(1);
  expect(live().dnssec).toBe("enabled");
  ovh.log.length = 0;
  expect(await stack.preview(signed)).toEqual({});
  expect(stack.told).toEqual([]);
  const calls = ovh.log.map(({ path }) => path).filter((path) => path !== "/auth/time");
  expect(calls.sort()).toEqual([DNSSEC, "/domain/zone/example.org/export"]);
});

test("left out: it is neither asked for nor changed, and a removal of the zone leaves it on", async () => {
  await stack.up(zone());
  await stack.preview(zone());
  expect(ovh.log.filter(({ path }) => path === DNSSEC)).toEqual([]);
  await stack.up(signed);
  expect(await stack.preview(zone())).toEqual({});
  await stack.up(zone());
  await stack.destroy();
  expect(live().dnssec).toBe("enabled");
  expect(written().filter((call) => call.startsWith("DELETE"))).toHaveLength(1);
});

test("declared later: shown as added, where it is on already too; then nothing is asked for", async () => {
  await stack.up(zone());
  live().dnssec = "enabled";
  expect(await stack.preview(signed)).toEqual({ dnssec: "add" });
  expect(stack.told.join()).toContain("= DNSSEC: enabled already");
  await stack.up(signed);
  expect(asked()).toBe(0);
  expect(await stack.preview(signed)).toEqual({});
});

test("somebody switched it off: a plain preview shows that and no more, and the update mends it", async () => {
  await stack.up(signed);
  live().dnssec = "disabled";
  expect(await stack.preview(signed)).toEqual({ dnssec: "update" });
  expect(stack.told).toEqual([
    "zone example.org (ovh)\n  ~ DNSSEC: disabled -> enabled  (changed by somebody, not by Postfleet)",
  ]);
  await stack.up(signed);
  expect(live().dnssec).toBe("enabled");
  expect(await stack.preview(signed)).toEqual({});
});

test("what is on its way is waited for, and asked for only where it was on its way off", async () => {
  live().dnssec = "enableInProgress";
  setTimeout(() => Object.assign(live(), { dnssec: "enabled" }), 150);
  await stack.up(signed);
  expect(asked()).toBe(0);
  live().dnssec = "disableInProgress";
  setTimeout(() => Object.assign(live(), { dnssec: "disabled" }), 150);
  expect(await stack.up(signed)).toEqual({ dnssec: "update" });
  expect(asked()).toBe(1);
  expect(live().dnssec).toBe("enabled");
});

test("it takes longer than anybody waits: a warning, and the next update waits again without asking again", async () => {
  [limit, ovh.settings.delay] = [60, 300];
  await stack.up(signed);
  expect(stack.warned.join()).toContain('says "enableInProgress" still');
  expect(await stack.preview(signed)).toEqual({ dnssec: "update" });
  expect(stack.told.join()).toContain("being enabled already, to be waited for");
  limit = 2000;
  await stack.up(signed);
  expect(asked()).toBe(1);
  expect(await stack.preview(signed)).toEqual({});
});

test("a lost answer does no harm; a refusal is told with OVH's words, and the records are published", async () => {
  ovh.faults.add({ method: "POST", path: /\/dnssec$/, status: 502, afterwards: true, times: 1 });
  await stack.up(signed);
  expect(live().dnssec).toBe("enabled");
  live().dnssec = "disabled";
  ovh.faults.add({ method: "POST", path: /\/dnssec$/, status: 400, message: "DNSSEC is not supported", times: 1 });
  await expect(stack.up(signed)).rejects.toThrow(/refused to switch DNSSEC on: .*DNSSEC is not supported/);
});

test("credentials without the right to it: refused before anything is written, naming the rules", async () => {
  const rules = ["GET", "POST", "PUT", "DELETE"].flatMap((method) =>
    ["", "/export", "/soa", "/status", "/record", "/record/*", "/refresh"].map((call) => ({
      method,
      path: `/domain/zone/example.org${call}`,
    })),
  );
  for (const granted of [rules, [...rules, { method: "GET", path: DNSSEC }]]) {
    ovh.grant(granted);
    api = newApi();
    await expect(stack.preview(signed)).rejects.toThrow(`POST ${DNSSEC}`);
    await expect(stack.up(signed)).rejects.toThrow("nothing was written");
  }
  expect(written()).toEqual([]);
});
