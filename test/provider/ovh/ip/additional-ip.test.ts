/** Additional IPs that move, against the fake API over HTTPS. */
import { onTheWire } from "../../../../provider/handler";
import { AdditionalIpHandler } from "../../../../provider/ovh/ip/additional-ip";
import { OwnBlocks } from "../../../../provider/ovh/ip/addresses";
import { UNKNOWN } from "../../../../provider/values";
import { Engine, fakeAccount, refusal, SOON } from "./fake-account";

const BLOCK = "192.0.2.8/32";
let account: Awaited<ReturnType<typeof fakeAccount>>;
beforeEach(async () => {
  account = await fakeAccount({
    servers: { ns1: { ip: "198.51.100.1" }, ns2: { ip: "198.51.100.2" } },
    additionalIps: { [BLOCK]: "ns1", "2001:db8:8::/56": undefined },
  });
});
afterEach(() => account.close());

const engine = (polling = SOON) =>
  new Engine(onTheWire(new AdditionalIpHandler(account.api, new OwnBlocks(account.api), polling)));
const moves = () => account.world.events.filter((event) => event.startsWith("move"));

test("a block where it should be is left there; one elsewhere is moved, and the task awaited", async () => {
  const one = engine();
  expect((await one.up({ block: BLOCK, service: "ns1" })).id).toBe(BLOCK);
  expect(account.writes()).toEqual([]);
  expect(await one.preview({ block: BLOCK, service: "ns2" })).toEqual({ service: "update" });
  const { outputs } = await one.up({ block: BLOCK, service: "ns2" });
  expect(outputs.routedTo).toBe("ns2");
  expect(account.world.routes.get(BLOCK)).toBe("ns2");
  expect(account.writes()).toMatchObject([{ method: "POST", body: { to: "ns2" } }]);
  expect(await one.preview({ block: "192.0.2.8", service: "ns2" })).toEqual({});
});

test("a block moved by hand is shown where it is, and moved back", async () => {
  const one = engine();
  await one.up({ block: BLOCK, service: "ns1" });
  const state = account.fake.state.ips[BLOCK];
  if (state) state.routedTo = "ns2";
  expect(await one.preview({ block: BLOCK, service: "ns1" })).toEqual({ service: "update" });
  expect(one.state?.inputs.service).toBe("ns2");
  await one.up({ block: BLOCK, service: "ns1" });
  expect(moves()).toHaveLength(1);
});

test("a run interrupted during a move: the next one waits for that very task, and starts no other", async () => {
  account.fake.settings.delay = 60;
  expect(await refusal(engine({ everyMs: 10, limitMs: 30 }).up({ block: BLOCK, service: "ns2" }))).toMatch(
    /moving 192\.0\.2\.8\/32: task \d+ is still .*\n.*the next run waits for the same task/,
  );
  expect(account.writes()).toHaveLength(1);
  const one = engine();
  expect(await one.preview({ block: BLOCK, service: "ns2" })).toBe("create");
  expect(one.report.lines.join()).toContain("is moving 192.0.2.8/32 already");
  await one.up({ block: BLOCK, service: "ns2" });
  expect(account.writes()).toEqual([]);
  expect(moves()).toEqual([`move ${BLOCK}`]);
  expect(account.fake.state.ips[BLOCK]?.routedTo).toBe("ns2");
});

test("a move under way to somewhere else is awaited, then ours begins", async () => {
  account.fake.settings.delay = 40;
  await account.api().post(`/ip/${encodeURIComponent(BLOCK)}/move`, { to: "ns2" });
  await engine().up({ block: BLOCK, service: "ns1" });
  expect(moves()).toHaveLength(2);
  expect(account.fake.state.ips[BLOCK]?.routedTo).toBe("ns1");
});

test("a move that fails says how it ended", async () => {
  account.world.failNext = "no route";
  const said = await refusal(engine().up({ block: BLOCK, service: "ns2" }));
  expect(said).toMatch(/moving 192\.0\.2\.8\/32: .* ended as ovhError: no route\n/);
});

test("a preview refuses what OVH does not offer, and a block that is not ours", async () => {
  expect(await refusal(engine().preview({ block: BLOCK, service: "ns3" }))).toMatch(
    /OVH cannot move 192\.0\.2\.8\/32 to ns3\nit offers ns2; blocks move within one region/,
  );
  expect(await refusal(engine().preview({ block: BLOCK, service: "ns2", nexthop: "10.0.0.1" }))).toContain(
    "10.0.0.1 is not a next hop of ns2",
  );
  expect(await refusal(engine().preview({ block: "192.0.2.9", service: "ns2" }))).toMatch(
    /192\.0\.2\.9 is not an address of this OVH account\n.*192\.0\.2\.8\/32/,
  );
  expect(account.writes()).toEqual([]);
});

test("IPv6 in any form; a block that leads nowhere is shown so, and can be imported", async () => {
  const one = engine();
  expect(await one.importing("2001:DB8:8:0::/56")).toMatchObject({ id: "2001:db8:8::/56", inputs: { service: "" } });
  expect(await one.preview({ block: "2001:0db8:8::/56", service: "ns1" })).toEqual({ service: "update" });
  await one.up({ block: "2001:0db8:8::/56", service: "ns1" });
  expect(account.world.routes.get("2001:db8:8::/56")).toBe("ns1");
});

test("delete gives nothing back, and says so", async () => {
  const one = engine();
  await one.up({ block: BLOCK, service: "ns1" });
  await one.remove();
  expect(account.writes()).toEqual([]);
  expect(one.report.lines.join()).toContain("still leads to ns1 and is still rented");
});

test("a block that the account lost is gone", async () => {
  const one = engine();
  await one.up({ block: BLOCK, service: "ns1" });
  delete account.fake.state.ips[BLOCK];
  const later = engine();
  later.state = one.state;
  expect(await later.refresh()).toBeUndefined();
});

test("check and unknown values", async () => {
  const check = (news: Record<string, string>) =>
    engine()
      .handler.check("urn", news)
      .map(({ property }) => property);
  expect(check({ block: "192.0.2.8/33", service: "" })).toEqual(["block", "service"]);
  expect(check({ block: UNKNOWN, service: UNKNOWN })).toEqual([]);
  expect(await engine().preview({ block: BLOCK, service: UNKNOWN })).toBe("create");
});
