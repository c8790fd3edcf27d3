/** The gate that waits for DNS, with a clock and name servers of the test's own. */
import { type DnsAnswer, DnsError } from "../../../provider/dns/query";
import { onTheWire } from "../../../provider/handler";
import { SeenHandler } from "../../../provider/keys/seen";
import { UNKNOWN, type ValueMap } from "../../../provider/values";

const VALUE = `"v=DKIM1; k=rsa; p=${"A".repeat(220)}" "${"B".repeat(172)}"`;
const NEWS: ValueMap = {
  records: [
    { zone: "example.org", name: "r1._domainkey.example.org", type: "TXT", values: [VALUE] },
    { zone: "example.net", name: "r1._domainkey.example.net", type: "TXT", values: [VALUE] },
  ],
  servers: ["192.0.2.53", "192.0.2.54"],
  timeout: 60,
};

/** `answers` says what a server has for a name at a time; undefined: it is silent. */
function gate(answers: (server: string, name: string, seconds: number) => string[] | undefined) {
  let now = 0;
  const asked: string[] = [];
  const progress: string[] = [];
  const ask = async (server: string, name: string, type: string): Promise<DnsAnswer> => {
    asked.push(`${now / 1000} ${server} ${name}`);
    const data = answers(server, name, now / 1000);
    if (!data) throw new DnsError(server, { name, type }, "timeout", "no answer within 2 s");
    const records = data.map((each) => ({ name, type, ttl: 60, data: each }));
    return { status: "NOERROR", authoritative: true, authenticated: false, records };
  };
  const gate = new SeenHandler({
    now: () => now,
    sleep: async (ms) => {
      now += ms;
    },
    dns: { ask, authoritativeServers: async () => [{ name: "ns1", addresses: ["192.0.2.99"] }] },
  });
  const report = { info: () => {}, warn: () => {}, progress: (message: string) => void progress.push(message) };
  return { handler: onTheWire(gate), report, asked, progress, elapsed: () => now / 1000 };
}

test("it opens when every server answers every record, and not before", async () => {
  const { handler, report, progress, elapsed } = gate((server, name, seconds) =>
    seconds >= (server.endsWith("54") && name.endsWith("net") ? 10 : 1) ? [VALUE] : [],
  );
  expect(await handler.create("urn::t::dkim", NEWS, false, report)).toEqual({ id: "dkim", outputs: NEWS });
  expect(elapsed()).toBeGreaterThanOrEqual(10);
  expect(elapsed()).toBeLessThan(16);
  expect(progress[0]).toMatch(/0 of 2 seen; 192\.0\.2\.53: .*no such record/);
  expect(progress.at(-1)).toMatch(/1 of 2 seen; 192\.0\.2\.54: r1\._domainkey\.example\.net TXT: no such record/);
});

test("what was seen is not asked for again", async () => {
  const { handler, report, asked } = gate((_, name, seconds) => (name.endsWith("org") || seconds >= 5 ? [VALUE] : []));
  await handler.create("urn", NEWS, false, report);
  expect(asked.filter((line) => line.endsWith("org"))).toEqual([
    "0 192.0.2.53 r1._domainkey.example.org",
    "0 192.0.2.54 r1._domainkey.example.org",
  ]);
});

test("it gives up after its time, with each server and what it said, and what to do", async () => {
  const { handler, report, elapsed } = gate((server, name) =>
    server.endsWith("53") ? (name.endsWith("org") ? [VALUE] : ['"v=DKIM1; p=other"']) : undefined,
  );
  const error = await handler.create("urn", NEWS, false, report).catch((thrown: Error & { hint: string }) => thrown);
  expect(elapsed()).toBe(60);
  expect(error).toMatchObject({
    message: expect.stringMatching(
      /^after 1min not every .*\n {2}192\.0\.2\.54: no answer to r1\._domainkey\.example\.org TXT.*\n {2}192\.0\.2\.53: r1\._domainkey\.example\.net TXT: it answers "v=DKIM1; p=other"/s,
    ),
    hint: expect.stringContaining("nothing that needs these records was changed"),
  });
});

test("the cut into character-strings does not matter, the text does", async () => {
  const joined = VALUE.replace('" "', "");
  const open = gate(() => [joined]);
  await open.handler.create("urn", NEWS, false, open.report);
  expect(open.elapsed()).toBe(0);
  const shut = gate(() => [joined.replace("AB", "AXB")]);
  await expect(shut.handler.create("urn", NEWS, false, shut.report)).rejects.toThrow(/not every authoritative/);
});

test("other record sets are waited for; other servers to ask are no change; a preview never waits", async () => {
  const { handler, report, asked } = gate(() => []);
  const state = { id: "x", inputs: NEWS, outputs: NEWS };
  expect(handler.diff(state, { ...NEWS, servers: ["192.0.2.99"], timeout: 5 }, report, false)).toEqual({});
  expect(handler.diff(state, { ...NEWS, records: [] }, report, false)).toEqual({ records: "update" });
  expect(handler.diff(state, { ...NEWS, records: UNKNOWN }, report, false)).toEqual({ records: "update" });
  await handler.create("urn", { ...NEWS, records: UNKNOWN }, true, report);
  await handler.update(state, { ...NEWS, records: UNKNOWN }, true, report);
  expect(asked).toEqual([]);
  await expect(handler.update(state, { ...NEWS, timeout: 1 }, false, report)).rejects.toThrow(/not every/);
  expect(handler.check("urn", { ...NEWS, timeout: "soon" })).toHaveLength(1);
});
