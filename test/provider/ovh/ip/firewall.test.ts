/** The edge firewall, against the fake API over HTTPS. */
import { onTheWire } from "../../../../provider/handler";
import { OwnBlocks } from "../../../../provider/ovh/ip/addresses";
import { IpFirewallHandler } from "../../../../provider/ovh/ip/firewall";
import { UNKNOWN, type Value, type ValueMap } from "../../../../provider/values";
import { Engine, fakeAccount, refusal, SOON } from "./fake-account";

const ADDRESS = "192.0.2.1";
let account: Awaited<ReturnType<typeof fakeAccount>>;
beforeEach(async () => {
  account = await fakeAccount({ servers: { ns1: { ip: ADDRESS, ipv6: "2001:db8:0:1::/64" } } }, { delay: 5 });
});
afterEach(() => account.close());

const established = { action: "permit", protocol: "tcp", established: true };
const dns = { action: "permit", protocol: "udp", sourcePort: 53 };
const open = (port: number) => ({ action: "permit", protocol: "tcp", destinationPort: port });
const deny = { action: "deny", protocol: "ipv4" };
const list = (...rules: ValueMap[]): ValueMap => Object.fromEntries(rules.map((rule, i) => [String(i), rule]));
const wanted = (...rules: ValueMap[]) => ({ address: ADDRESS, enabled: true, rules: list(...rules) });
const base = wanted(established, dns, open(22), open(25), deny);

const engine = () => new Engine(onTheWire(new IpFirewallHandler(account.api, new OwnBlocks(account.api), SOON)));
const live = () => account.fake.state.ips["192.0.2.1/32"]?.firewalls[ADDRESS];
const short = (calls: ReturnType<typeof account.writes>) =>
  calls.map(({ method, path, body }) => {
    const place = path.replace(/.*firewall\/?/, "").replace(`${ADDRESS}/`, "");
    const { sequence, enabled } = (body ?? {}) as { sequence?: number; enabled?: boolean };
    return `${method} ${sequence === undefined ? place : `rule ${sequence}`}${enabled === undefined ? "" : ` ${enabled}`}`;
  });

test("a new firewall gets all its rules in their order, and is turned on last; then there is nothing to do", async () => {
  const one = engine();
  expect(await one.preview(base)).toBe("create");
  expect(account.writes()).toEqual([]);
  expect((await one.up(base)).id).toBe(ADDRESS);
  expect(short(account.writes())).toEqual([
    ...["POST ", "POST rule 0", "POST rule 1", "POST rule 2", "POST rule 3", "POST rule 4", "PUT 192.0.2.1 true"],
  ]);
  expect(live()).toMatchObject({ enabled: true, state: "ok" });
  expect(live()?.rules).toMatchObject([
    { tcpOption: "established", state: "ok" },
    { sourcePort: "eq 53" },
    { destinationPort: "eq 22" },
    { destinationPort: "eq 25" },
    { action: "deny", source: "any" },
  ]);
  expect(await one.preview(base)).toEqual({});
  await one.up(base);
  expect(account.writes()).toEqual([]);
});

test("a rule changed by hand, one added, one removed and the switch: exactly these, with what is there now", async () => {
  const one = engine();
  await one.up(base);
  const firewall = live();
  const rule = (sequence: number) => firewall?.rules.find((r) => r.sequence === sequence);
  Object.assign(rule(3) ?? {}, { destinationPort: "eq 26" });
  firewall?.rules.push({
    ...(rule(3) as NonNullable<ReturnType<typeof rule>>),
    sequence: 9,
    destinationPort: "range 1 99",
  });
  if (firewall) {
    firewall.rules = firewall.rules.filter((r) => r.sequence !== 1);
    firewall.enabled = false;
  }
  expect(await one.preview(base)).toEqual({
    enabled: "update",
    'rules["1"]': "add",
    'rules["3"]': "update",
    'rules["9"]': "delete",
  });
  expect(one.state?.inputs.rules).toMatchObject({ 3: { destinationPort: 26 }, 9: { destinationPort: "range 1 99" } });
  await one.up(base);
  expect(live()?.enabled).toBe(true);
  expect(await one.preview(base)).toEqual({});
});

test("while it is on, only what differs is replaced, and never is the final deny or SSH missing", async () => {
  const one = engine();
  await one.up(base);
  account.writes();
  const before = account.fake.log.length;
  await one.up(wanted(established, dns, open(22), open(80), open(25), deny));
  const calls = short(account.writes());
  expect(calls.filter((call) => call.startsWith("PUT"))).toEqual([]);
  expect(calls.filter((call) => /rule[ /][012]$/.test(call))).toEqual([]);
  expect(calls.indexOf("POST rule 5")).toBeLessThan(calls.indexOf("DELETE rule/4"));
  // Between two writes the first must be in force: each is followed by the answer that it is.
  const log = account.fake.log.slice(before).map(({ method, path }) => `${method} ${path.replace(/.*rule/, "rule")}`);
  for (const [i, call] of log.entries()) if (!call.startsWith("GET")) expect(log[i + 1]).toMatch(/^GET rule\/\d+$/);
  expect(live()?.rules.map((rule) => rule.destinationPort)).toEqual([
    undefined,
    undefined,
    "eq 22",
    "eq 80",
    "eq 25",
    undefined,
  ]);
});

test("a preview says that a rule replaced in its place stops something for a moment", async () => {
  const one = engine();
  await one.up(base);
  await one.preview(wanted(established, dns, { ...open(22), source: "203.0.113.0/24" }, open(25), deny));
  expect(one.report.lines.join("\n")).toMatch(
    /192\.0\.2\.1: number 2 without its old rule, some of what .* is stopped/,
  );
});

test("an interrupted run is finished: pending rules are waited for, and what is right stays", async () => {
  const one = engine();
  account.fake.faults.add({ method: "POST", path: /rule$/, skip: 2, status: 400, message: "enough" });
  expect(await refusal(one.up(base))).toContain("enough");
  await account.fake.idle();
  const firewall = live();
  expect(firewall?.enabled).toBe(false);
  account.writes();
  // Somebody's removal is still under way.
  const first = firewall?.rules[0];
  if (first) first.state = "removalPending";
  setTimeout(() => firewall?.rules.shift(), 60);
  await one.up(base);
  expect(live()?.rules).toHaveLength(5);
  expect(live()?.enabled).toBe(true);
  expect(short(account.writes())).not.toContain("POST ");
});

test("turned off before its rules change, and gone at last", async () => {
  const one = engine();
  await one.up(base);
  account.writes();
  await one.up({ ...wanted(deny), enabled: false });
  expect(short(account.writes())[0]).toBe("PUT 192.0.2.1 false");
  expect(live()).toMatchObject({ enabled: false, rules: [{ sequence: 0, action: "deny" }] });
  await one.up(base);
  await one.remove();
  expect(live()).toBeUndefined();
  expect(short(account.writes()).slice(-2)).toEqual(["PUT 192.0.2.1 false", "DELETE 192.0.2.1"]);
});

test("import takes what is there; a firewall removed by hand is made again", async () => {
  await engine().up({ ...base, rules: list({ ...open(22), source: "203.0.113.7/32" }) });
  const one = engine();
  expect(await one.importing(ADDRESS)).toMatchObject({
    inputs: { address: ADDRESS, enabled: true, rules: { 0: { ...open(22), source: "203.0.113.7" } } },
  });
  const firewalls = account.fake.state.ips["192.0.2.1/32"]?.firewalls;
  delete firewalls?.[ADDRESS];
  expect(await one.preview(base)).toBe("create");
});

test("a firewall made by hand is taken over, and the preview says which of its rules go", async () => {
  await engine().up({ ...wanted(established, open(8080), deny), enabled: false });
  const one = engine();
  await one.preview(wanted(established, open(25)));
  expect(one.report.lines).toEqual([
    expect.stringContaining("it is taken over, its rules 1, 2 are removed or replaced"),
  ]);
  await one.up(wanted(established, open(25)));
  expect(live()?.rules.map((rule) => rule.destinationPort)).toEqual([undefined, "eq 25"]);
});

test("an address that is not ours is refused in the preview", async () => {
  const said = await refusal(engine().preview({ ...base, address: "198.51.100.1" }));
  expect(said).toContain("its blocks are 192.0.2.1/32");
});

test("unknown values pass a preview as changes", async () => {
  const one = engine();
  expect(await one.preview({ ...base, rules: UNKNOWN })).toBe("create");
  await one.up(base);
  expect(await one.preview({ ...base, rules: UNKNOWN })).toEqual({ rules: "update" });
  expect(one.handler.check("urn", { address: UNKNOWN, rules: UNKNOWN })).toEqual([]);
});

describe("check", () => {
  const failures = (news: ValueMap) => engine().handler.check("urn", news);
  const of = (rule: Value) => failures({ address: ADDRESS, rules: { 0: rule } });

  test("21 rules are one too many; 20 are not", () => {
    const ports = (count: number) => wanted(...Array.from({ length: count }, (_, i) => open(1000 + i)));
    expect(failures(ports(20))).toEqual([]);
    expect(failures(ports(21))).toEqual([
      { property: "rules", reason: expect.stringContaining("are 21; OVH takes 20") },
      { property: 'rules["20"]', reason: expect.stringContaining("0 to 19") },
    ]);
  });

  test("IPv6 has no edge firewall", () => {
    expect(failures({ address: "2001:db8:0:1::1", rules: {} })).toEqual([
      { property: "address", reason: expect.stringMatching(/IPv4 only\. Hint: .*nftables/) },
    ]);
    expect(of({ ...open(22), source: "2001:db8::/32" })).toMatchObject([{ property: 'rules["0"].source' }]);
  });

  test("every mistake of a rule at once, each with its place", () => {
    const rule = {
      action: "allow",
      protocol: "sctp",
      destinationPort: 70000,
      sourcePort: "25",
      source: "host",
      port: 1,
    };
    expect(of({ ...rule, established: true }).map(({ property }) => property)).toEqual([
      ...['rules["0"].action', 'rules["0"].protocol', 'rules["0"].port', 'rules["0"].source'],
      ...['rules["0"].sourcePort', 'rules["0"].sourcePort', 'rules["0"].destinationPort', 'rules["0"].destinationPort'],
      'rules["0"].established',
    ]);
  });

  test("addresses that are none", () => {
    expect(failures({ address: "mail1", rules: {} })).toHaveLength(1);
    expect(failures({ address: ADDRESS, rules: [open(25)] as Value })).toHaveLength(1);
  });
});
