/** Zones that nobody serves, values that are not known yet, imports, and two resources for one zone. */
import { type ZoneInputs, zoneHandler } from "../../../../provider/dns/zone";
import { onTheWire } from "../../../../provider/handler";
import type { OvhApi } from "../../../../provider/ovh/api";
import { UNKNOWN } from "../../../../provider/values";
import { Stack, valuesOf } from "./engine";

const EXPORT = `$TTL 3600
@ IN SOA dns.ovh.example. tech.ovh.example. (1 2 3 4 5)
@ IN NS dns.ovh.example.
@ 600 IN MX 10 mx1
@ IN TXT "v=spf1 -all"
@ IN TXT "note"
www IN A 192.0.2.80
`;
const refuse = () => {
  throw new Error("OVH is not asked for this");
};
let calls: string[];
const ovh: OvhApi = {
  get: async <T>(path: string) => {
    calls.push(path);
    return (path.endsWith("/export") ? EXPORT : { rules: [{ method: "*", path: "/*" }] }) as T;
  },
  post: refuse,
  put: refuse,
  delete: refuse,
};
const handler = (parts = {}) => zoneHandler({ ovh: () => ovh, powerdns: () => ({}), ...parts });
const wire = (parts = {}) => onTheWire(handler(parts));
const quiet = { info: () => {}, warn: () => {}, progress: () => {} };
const MX = { "example.org MX": { ttl: 600, values: ["10 mx1.example.org."] } };
const wanted = (records: ZoneInputs["records"] = MX, parts: Partial<ZoneInputs> = {}): ZoneInputs => ({
  zone: "example.org",
  backend: { kind: "none" },
  records,
  ...parts,
});
const atOvh = { backend: { kind: "ovh" as const } };

beforeEach(() => {
  calls = [];
});

describe("a zone that nobody serves", () => {
  test("its file is an output, also in a preview, and the diff is per record set all the same", async () => {
    const stack = new Stack(handler);
    const { outputs } = await wire().create("urn", valuesOf(wanted()), true, quiet);
    const text = `$ORIGIN example.org.\n$TTL 3600\n${"@".padEnd(30)} 600 IN MX    10 mx1.example.org.\n`;
    expect(outputs.zoneFile).toBe(text);
    await stack.up(wanted());
    expect(stack.state?.outputs.zoneFile).toBe(text);
    // Once in the inputs and once as ours: a third copy would be a third of the memory of a thousand zones.
    for (const each of [outputs, stack.state?.outputs]) expect(each).not.toHaveProperty("records");
    expect(await stack.preview(wanted())).toEqual({});
    expect(
      await stack.preview(wanted({ ...MX, "example.org MX": { ttl: 60, values: ["10 mx1.example.org."] } })),
    ).toEqual({
      'records["example.org MX"].ttl': "update",
    });
    expect(await stack.preview(wanted({}))).toEqual({ 'records["example.org MX"]': "delete" });
    expect(calls).toEqual([]);
  });

  test("a file with a value that is not known yet is not known yet", async () => {
    const records = { "s._domainkey.example.org TXT": { values: [UNKNOWN] } };
    const { outputs } = await wire().create("urn", valuesOf(wanted(records)), true, quiet);
    expect(outputs.zoneFile).toBe(UNKNOWN);
  });
});

test("a value that is not known yet is a change of its set alone; the others are compared", async () => {
  const stack = new Stack(handler);
  const key = "s._domainkey.example.org TXT";
  await stack.up(wanted({ ...MX, [key]: { values: ['"v=DKIM1; p=A"'] } }));
  expect(await stack.preview(wanted({ ...MX, [key]: { values: [UNKNOWN] } }))).toEqual({
    [`records["${key}"]`]: "update",
  });
  expect(stack.told.join()).toContain(`~ ${key}: not known yet`);
  expect(await stack.preview({ ...wanted(), records: UNKNOWN as unknown as ZoneInputs["records"] })).toEqual({
    records: "update",
  });
});

test("the same values in another spelling and another order are no change", async () => {
  const stack = new Stack(handler);
  await stack.up(wanted({ "a.example.org AAAA": { values: ["2001:db8::1", "2001:db8::2"] } }));
  expect(await stack.preview(wanted({ "a.example.org AAAA": { values: ["2001:DB8:0::2", "2001:db8::1"] } }))).toEqual(
    {},
  );
});

test("another zone, and another kind of backend, are another resource", async () => {
  const stack = new Stack(handler);
  await stack.up(wanted());
  expect(await stack.preview(wanted(MX, atOvh))).toEqual({ "backend.kind": "update-replace" });
  expect(await stack.preview({ ...wanted({}), zone: "example.net" })).toEqual({ zone: "update-replace" });
});

test("two resources for one zone are refused, and the first is named", () => {
  const zones = wire();
  expect(zones.check("urn:pulumi:s::p::postfleet:dns:Zone::first", valuesOf(wanted()))).toEqual([]);
  expect(zones.check("urn:pulumi:s::p::postfleet:dns:Zone::first", valuesOf(wanted()))).toEqual([]);
  const [failure] = zones.check("urn:pulumi:s::p::postfleet:dns:Zone::second", valuesOf(wanted()));
  expect(failure?.reason).toContain('declared by "first" already');
});

describe("import", () => {
  const imported = (id: string, parts = {}) => wire(parts).read({ id, inputs: {}, outputs: {} }, quiet);

  test("shows all of the zone but its own name servers, and makes nothing ours", async () => {
    const state = await imported("ovh/example.org", { ovhConfigured: () => true });
    expect(state?.inputs).toEqual({
      zone: "example.org",
      backend: { kind: "ovh" },
      records: {
        "example.org MX": { ttl: 600, values: ["10 mx1.example.org."] },
        "example.org TXT": { ttl: 3600, values: ['"note"', '"v=spf1 -all"'] },
        "www.example.org A": { ttl: 3600, values: ["192.0.2.80"] },
      },
    });
    const stack = new Stack(handler);
    stack.state = state;
    const changes = await stack.preview(wanted(MX, atOvh));
    expect(changes).toEqual({ 'records["example.org MX"]': "add" });
    expect(stack.told.join()).toContain("= example.org MX: there already, becomes ours");
  });

  test("the bare name of a zone is enough where only one backend is configured", async () => {
    expect((await imported("example.org", { ovhConfigured: () => true }))?.inputs.backend).toEqual({ kind: "ovh" });
    const both = { ovhConfigured: () => true, powerdns: () => ({ url: "http://127.0.0.1:9" }) };
    await expect(imported("example.org", both)).rejects.toThrow("configured for ovh and powerdns");
    await expect(imported("example.org")).rejects.toThrow("configured for no name servers at all");
    await expect(imported("a/b/c")).rejects.toThrow("names no zone to import");
  });
});

test("a state holds what is ours and no secret", async () => {
  const stack = new Stack(() => handler({ powerdns: () => ({ apiKey: "hush-hush" }) }));
  await stack.up(wanted());
  expect(stack.state?.outputs.owned).toEqual(MX);
  expect(JSON.stringify(stack.state)).not.toContain("hush");
});

describe("the time of the last publication", () => {
  const preview = async (stack: Stack, inputs: ZoneInputs) => {
    if (!stack.state) return (await wire().create("urn", valuesOf(inputs), true, quiet)).outputs.published;
    const one = wire();
    const read = await one.read(stack.state, quiet);
    return read && (await one.update(read, valuesOf(inputs), true, quiet)).published;
  };
  const A = { "mx1.example.org A": { values: ["192.0.2.1"] } };

  test("is new with every change of the records, and unknown in its preview", async () => {
    const stack = new Stack(handler);
    expect(await preview(stack, wanted())).toBe(UNKNOWN);
    await stack.up(wanted());
    const first = String(stack.state?.outputs.published);
    expect(Math.abs(Date.now() - Date.parse(first))).toBeLessThan(60_000);
    expect(first).toBe(new Date(first).toISOString());
    await new Promise((done) => setTimeout(done, 5));
    expect(await preview(stack, wanted({ ...MX, ...A }))).toBe(UNKNOWN);
    expect(await preview(stack, wanted({ ...MX, "mx1.example.org A": { values: [UNKNOWN] } }))).toBe(UNKNOWN);
    await stack.up(wanted({ ...MX, ...A }));
    const second = String(stack.state?.outputs.published);
    expect(Date.parse(second)).toBeGreaterThan(Date.parse(first));
    expect(await preview(stack, wanted({ ...MX, ...A }, { ttl: 60 }))).toBe(UNKNOWN);
    expect(await preview(stack, wanted(MX))).toBe(UNKNOWN);
  });

  test("stays where no record changes, in the preview and in the update", async () => {
    const stack = new Stack(handler);
    await stack.up(wanted());
    const first = stack.state?.outputs.published;
    await new Promise((done) => setTimeout(done, 5));
    // The default TTL touches no set that has one of its own.
    const other = wanted(MX, { ttl: 60 });
    expect(await preview(stack, other)).toBe(first);
    expect(await stack.up(other)).toEqual({ ttl: "add" });
    expect(stack.state?.outputs.published).toBe(first);
  });
});
