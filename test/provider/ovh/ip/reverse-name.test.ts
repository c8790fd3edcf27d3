/** Reverse names, against the fake API over HTTPS. */
import { onTheWire } from "../../../../provider/handler";
import { OwnBlocks } from "../../../../provider/ovh/ip/addresses";
import { ReverseNameHandler } from "../../../../provider/ovh/ip/reverse-name";
import { UNKNOWN } from "../../../../provider/values";
import { Engine, fakeAccount, refusal, SOON } from "./fake-account";

const [V4, V6, NAME] = ["192.0.2.1", "2001:db8:0:1::19", "mail1.example.org"];
const LONG_V6 = "2001:0DB8:0000:0001:0:0:0:19";
let account: Awaited<ReturnType<typeof fakeAccount>>;
/** What public DNS answers us; OVH asks `account.world`. */
let dns: Record<string, string[]>;

beforeEach(async () => {
  account = await fakeAccount({ servers: { ns1: { ip: V4, ipv6: "2001:db8:0:1::/64" } } });
  publish(V4, V6);
});
afterEach(() => account.close());

function publish(...addresses: string[]): void {
  dns = { [NAME]: addresses, "old.example.org": addresses };
  for (const name of Object.keys(dns)) for (const one of addresses) account.world.forward.add(`${name} ${one}`);
}

const resolves = async (name: string) => dns[name] ?? [];
const engine = (polling = SOON) =>
  new Engine(onTheWire(new ReverseNameHandler(account.api, new OwnBlocks(account.api), { resolves, polling })));
const wanted = { address: V4, name: NAME };

test("a reverse name is set once, previewed as nothing then, and removed again", async () => {
  const one = engine();
  expect(await one.preview(wanted)).toBe("create");
  expect(account.writes()).toEqual([]);
  const { id, outputs } = await one.up(wanted);
  expect(id).toBe(V4);
  expect(outputs).toMatchObject({ block: "192.0.2.1/32", name: NAME });
  expect(account.world.reverseNames.get(V4)).toBe(NAME);
  expect(account.writes()).toMatchObject([{ method: "POST", status: 200 }]);
  expect(await one.preview({ address: V4, name: "Mail1.Example.org." })).toEqual({});
  await one.up(wanted);
  expect(account.writes()).toEqual([]);
  await one.remove();
  expect(account.world.reverseNames.has(V4)).toBe(false);
});

test("IPv6 in any form is one address: set, read back and previewed as nothing in another form", async () => {
  const one = engine();
  await one.up({ address: LONG_V6, name: NAME });
  expect(account.world.reverseNames.get(V6)).toBe(NAME);
  expect(one.state?.id).toBe(V6);
  for (const address of [V6, LONG_V6, "2001:db8:0:1:0::19"])
    expect(await one.preview({ address, name: NAME })).toEqual({});
  publish(V4, V6, "2001:db8:0:1::20");
  expect(await one.preview({ address: "2001:db8:0:1::20", name: NAME })).toEqual({ address: "update-replace" });
});

test("an IPv6 address that another client wrote in full is found", async () => {
  const listed = account.fake.state.ips["2001:db8:0:1::/64"];
  if (listed) listed.reverse[LONG_V6] = NAME;
  const get = account.api().get;
  // The fake canonicalises paths, so that it cannot show this one item: it is answered here.
  const api = {
    ...account.api(),
    get: ((at: string) => {
      if (at.endsWith(encodeURIComponent(LONG_V6))) return Promise.resolve({ ipReverse: LONG_V6, reverse: `${NAME}.` });
      return get(at);
    }) as typeof get,
  };
  const handler = onTheWire(new ReverseNameHandler(() => api, new OwnBlocks(() => api), { resolves, polling: SOON }));
  const one = new Engine(handler);
  expect(await one.importing(V6)).toMatchObject({ id: V6, inputs: { address: V6, name: NAME } });
});

test("a name changed by hand is shown with its value, set back, and not taken away when it is another's", async () => {
  const one = engine();
  await one.up(wanted);
  const block = account.fake.state.ips["192.0.2.1/32"];
  if (block) block.reverse[V4] = "hand.example.org";
  expect(await one.preview(wanted)).toEqual({ name: "update" });
  expect(one.state?.inputs.name).toBe("hand.example.org");
  await one.up(wanted);
  expect(block?.reverse[V4]).toBe(NAME);
  if (block) block.reverse[V4] = "hand.example.org";
  await one.remove();
  expect(block?.reverse[V4]).toBe("hand.example.org");
  expect(one.report.lines.join("\n")).toContain("hand.example.org by now, not ours: it stays");
});

test("one removed by hand is made again", async () => {
  const one = engine();
  await one.up(wanted);
  delete account.fake.state.ips["192.0.2.1/32"]?.reverse[V4];
  expect(await one.preview(wanted)).toBe("create");
});

test("import takes the name that is there, and says how when the id is no address", async () => {
  const one = engine();
  await one.up({ address: V4, name: "old.example.org" });
  expect(await engine().importing(V4)).toMatchObject({ id: V4, inputs: { address: V4, name: "old.example.org" } });
  expect(await engine().importing("192.0.2.99")).toBeUndefined();
  expect(await refusal(engine().importing("mail1"))).toContain('"192.0.2.1"');
});

test("a second name replaces the first, also where OVH refuses a POST over an existing one", async () => {
  const one = engine();
  await one.up({ address: V4, name: "old.example.org" });
  account.writes();
  await one.up(wanted);
  expect(account.writes().map(({ method }) => method)).toEqual(["POST"]);
  account.fake.settings.reverseAgain = "conflict";
  await one.up({ address: V4, name: "old.example.org" });
  expect(account.writes().map(({ method, status }) => `${method} ${status}`)).toEqual([
    "POST 409",
    "DELETE 200",
    "POST 200",
  ]);
  expect(account.world.reverseNames.get(V4)).toBe("old.example.org");
});

test("an answer that is lost does no harm: the call is repeated, and what it has done is seen", async () => {
  for (const again of ["replace", "conflict"] as const) {
    account.fake.settings.reverseAgain = again;
    account.fake.faults.add({ method: "POST", path: /reverse$/, status: 502, afterwards: true, html: true });
    const one = engine();
    await one.up(wanted);
    expect(account.world.reverseNames.get(V4)).toBe(NAME);
    expect(account.writes().map(({ method }) => method)).toEqual(["POST", "POST"]);
    await one.remove();
    account.writes();
  }
});

test("nothing is sent before the name leads to the address; OVH's resolver may take longer", async () => {
  dns = {};
  account.world.forward.clear();
  setTimeout(() => {
    dns = { [NAME]: [V4] };
  }, 60);
  // Its resolver learns of the name once it has refused it: a busy machine would miss any time of ours.
  const learning = setInterval(() => {
    if (account.fake.log.some(({ status }) => status === 400)) publish(V4);
  }, 5);
  await engine().up(wanted);
  clearInterval(learning);
  const writes = account.writes();
  expect(writes[0]).toMatchObject({ status: 400 });
  expect(writes.length).toBeLessThan(12);
  expect(writes.at(-1)).toMatchObject({ method: "POST", status: 200 });
});

test("a name that never leads there is refused with both values, and nothing was sent", async () => {
  const brief = { everyMs: 10, limitMs: 40 };
  dns = {};
  expect(await refusal(engine(brief).up(wanted))).toMatch(
    /192\.0\.2\.1 cannot be mail1\.example\.org: it leads to no address/,
  );
  expect(account.writes()).toEqual([]);
});

test("OVH's own refusal is what is said when its resolver never agrees; another 400 is said at once", async () => {
  account.world.forward.clear();
  const brief = { everyMs: 10, limitMs: 60 };
  expect(await refusal(engine(brief).up(wanted))).toContain("mail1.example.org does not resolve to 192.0.2.1");
  expect(account.writes().length).toBeGreaterThan(2);
  account.fake.faults.add({ method: "POST", path: /reverse/, status: 400, message: "Quota exceeded" });
  expect(await refusal(engine(brief).up(wanted))).toContain("Quota exceeded");
  expect(account.writes()).toHaveLength(1);
});

describe("a preview", () => {
  test("refuses an address that is not ours, and names our blocks", async () => {
    const said = await refusal(engine().preview({ address: "198.51.100.7", name: NAME }));
    expect(said).toMatch(
      /198\.51\.100\.7 is not an address of this OVH account.*\n.*192\.0\.2\.1\/32, 2001:db8:0:1::\/64/,
    );
  });

  test("refuses a name that leads elsewhere, with both values", async () => {
    dns = { [NAME]: ["203.0.113.5"] };
    const said = await refusal(engine().preview(wanted));
    expect(said).toMatch(/192\.0\.2\.1 cannot be mail1\.example\.org: it leads to 203\.0\.113\.5/);
    expect(said).toContain("publish A 192.0.2.1 for mail1.example.org first");
  });

  test.each([
    ["has no address yet", wanted, {}],
    ["has one of the other family only", { address: V6, name: NAME }, { [NAME]: [V4] }],
    ["changes in this very run", { ...wanted, after: UNKNOWN }, { [NAME]: ["203.0.113.5"] }],
    ["is not known yet", { address: V4, name: UNKNOWN }, {}],
    ["belongs to an address not known yet", { address: UNKNOWN, name: NAME }, {}],
  ])("lets a name pass that %s", async (_, news, answers) => {
    dns = answers as typeof dns;
    expect(await engine().preview(news)).toBe("create");
  });
});

test.each([
  ["192.0.2.256", NAME, ["address"]],
  [V4, "mail1", ["name"]],
  [V4, "-mail.example.org", ["name"]],
  [V4, `${"a".repeat(60)}.${"b".repeat(20)}.example`, ["name"]],
  ["", "mäil.example.org", ["address", "name"]],
  [UNKNOWN, UNKNOWN, []],
])("check of %s %s", (address, name, properties) => {
  expect(
    engine()
      .handler.check("urn", { address, name })
      .map(({ property }) => property),
  ).toEqual(properties);
});
