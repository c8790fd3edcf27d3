import { canonical, canonicalBlock, contains } from "../../../lab/ovh/addresses";
import type { MemoryWorld } from "../../../lab/ovh/memory-world";
import type { FakeOvh } from "../../../lab/ovh/server";
import { type Answer, call, quickFake } from "./client";

const MAIN = "/ip/192.0.2.1%2F32";
const EXTRA = "/ip/198.51.100.8%2F32";
const V6 = `/ip/${encodeURIComponent("2001:db8::/64")}`;
let fake: FakeOvh;
let world: MemoryWorld;
let get: (path: string) => Promise<Answer["json"]>;
const post = (path: string, body?: object): Promise<Answer> => call(fake, "POST", path, body);

beforeEach(async () => {
  ({ fake, world, get } = await quickFake({
    account: {
      servers: { srv1: { ip: "192.0.2.1", ipv6: "2001:db8::/64" }, srv2: { ip: "192.0.2.2" } },
      additionalIps: { "198.51.100.8/32": "srv1" },
    },
  }));
});
afterEach(() => fake.close());

test("addresses and blocks have one form", () => {
  expect(canonical("2001:DB8:0:0::1")).toBe("2001:db8::1");
  expect(canonical("192.0.2.300")).toBeUndefined();
  expect(canonicalBlock("192.0.2.1")).toBe("192.0.2.1/32");
  expect(canonicalBlock("2001:0db8::/64")).toBe("2001:db8::/64");
  expect(contains("2001:db8::/64", "2001:db8:0:1::1")).toBe(false);
  expect(contains("192.0.2.0/28", "192.0.2.15")).toBe(true);
});

test("blocks are listed by what they are and where they lead", async () => {
  expect((await get("/ip")).sort()).toEqual(["192.0.2.1/32", "192.0.2.2/32", "198.51.100.8/32", "2001:db8::/64"]);
  expect(await get("/ip?isAdditionalIp=true")).toEqual(["198.51.100.8/32"]);
  expect(await get("/ip?routedTo.serviceName=srv2")).toEqual(["192.0.2.2/32"]);
  expect(await get("/ip?ip=2001:db8::5")).toEqual(["2001:db8::/64"]);
  expect(await get(EXTRA)).toMatchObject({ routedTo: { serviceName: "srv1" }, isAdditionalIp: true });
  expect((await call(fake, "GET", "/ip/203.0.113.1%2F32")).status).toBe(404);
  // A slash that is not encoded makes two segments.
  expect((await call(fake, "GET", "/ip/192.0.2.1/32")).status).toBe(404);
});

test("a reverse name is accepted only when the name leads to the address", async () => {
  const reverse = { ipReverse: "192.0.2.1", reverse: "mail.example.org" };
  const refused = await post(`${MAIN}/reverse`, reverse);
  expect([refused.status, refused.json.message]).toEqual([400, "mail.example.org does not resolve to 192.0.2.1"]);
  world.resolves = () => Promise.reject(new Error("no resolver"));
  expect((await post(`${MAIN}/reverse`, reverse)).json.message).toBe(
    "Cannot check if mail.example.org resolves to 192.0.2.1",
  );
  world.resolves = async () => true;
  expect((await post(`${MAIN}/reverse`, reverse)).json).toEqual({ ...reverse, reverse: "mail.example.org." });
  expect(world.reverseNames.get("192.0.2.1")).toBe("mail.example.org");
  expect(await get(`${MAIN}/reverse`)).toEqual(["192.0.2.1"]);
  expect(await get("/dedicated/server/srv1")).toMatchObject({ reverse: "mail.example.org" });
  fake.settings.reverseDot = false;
  expect(await get(`${MAIN}/reverse/192.0.2.1`)).toEqual(reverse);
  expect((await call(fake, "DELETE", `${MAIN}/reverse/192.0.2.1`)).status).toBe(200);
  expect((await call(fake, "GET", `${MAIN}/reverse/192.0.2.1`)).status).toBe(404);
  expect(world.reverseNames.size).toBe(0);
});

test("reverse names of IPv6 belong to the block, in any spelling of the address", async () => {
  world.forward.add("mail.example.org 2001:db8::1");
  await post(`${V6}/reverse`, { ipReverse: "2001:0db8:0:0::0001", reverse: "mail.example.org." });
  expect(await get(`${V6}/reverse/${encodeURIComponent("2001:DB8::1")}`)).toMatchObject({ ipReverse: "2001:db8::1" });
  const outside = await post(`${V6}/reverse`, { ipReverse: "2001:db9::1", reverse: "mail.example.org" });
  expect(outside.json.message).toContain("does not belong to 2001:db8::/64");
  for (const name of ["Mail.example.org", "-mail.example.org", `${"x".repeat(80)}.example`, "mail"]) {
    expect((await post(`${V6}/reverse`, { ipReverse: "2001:db8::1", reverse: name })).json.message).toContain(
      "Invalid",
    );
  }
  fake.settings.reverseAgain = "conflict";
  const again = await post(`${V6}/reverse`, { ipReverse: "2001:db8::1", reverse: "mail.example.org" });
  expect(again.status).toBe(409);
});

test("the edge firewall begins disabled; rules appear, change nothing, and disappear in states", async () => {
  const firewall = `${MAIN}/firewall/192.0.2.1`;
  expect((await call(fake, "GET", firewall)).status).toBe(404);
  fake.settings.delay = 500; // what is on its way is looked at, however busy this machine is
  expect((await post(`${MAIN}/firewall`, { ipOnFirewall: "192.0.2.1" })).json.enabled).toBe(false);
  await call(fake, "PUT", firewall, { enabled: true });
  expect(await get(firewall)).toMatchObject({ enabled: true, state: "enableFirewallPending" });
  const rule = {
    sequence: 3,
    action: "permit",
    protocol: "tcp",
    destinationPort: 25,
    tcpOption: { option: "established" },
  };
  expect((await post(`${firewall}/rule`, rule)).json).toMatchObject({
    state: "creationPending",
    destinationPort: "eq 25",
    source: "any",
    tcpOption: "established",
    rule: "permit tcp any 192.0.2.1/32 eq 25",
  });
  await fake.idle();
  expect(await get(firewall)).toMatchObject({ state: "ok" });
  expect(await get(`${firewall}/rule/3`)).toMatchObject({ state: "ok" });
  expect((await post(`${firewall}/rule`, rule)).status).toBe(409);
  expect((await call(fake, "PUT", `${firewall}/rule/3`, { action: "deny" })).status).toBe(404);
  await call(fake, "DELETE", `${firewall}/rule/3`);
  expect(await get(`${firewall}/rule?state=removalPending`)).toEqual([3]);
  await fake.idle();
  expect(await get(`${firewall}/rule`)).toEqual([]);
});

test.each([
  [{ sequence: 20, action: "permit", protocol: "tcp" }, /sequence/],
  [{ sequence: 1, action: "allow", protocol: "tcp" }, /action/],
  [{ sequence: 1, action: "permit", protocol: "sctp" }, /protocol/],
  [{ sequence: 1, action: "permit", protocol: "icmp", destinationPort: 25 }, /ports/],
  [{ sequence: 1, action: "permit", protocol: "tcp", destinationPort: 70000 }, /port 70000/],
])("the firewall refuses %j", async (rule, message) => {
  await post(`${MAIN}/firewall`, { ipOnFirewall: "192.0.2.1" });
  const answer = await post(`${MAIN}/firewall/192.0.2.1/rule`, rule);
  expect([answer.status, answer.json.message]).toEqual([400, expect.stringMatching(message)]);
  const v6 = await post(`${V6}/firewall`, { ipOnFirewall: "2001:db8::1" });
  expect(v6.status).toBe(400);
});

test("an additional address moves by a task, and only such an address", async () => {
  const moved = await post(`${EXTRA}/move`, { to: "srv2" });
  expect(moved.json).toMatchObject({ function: "genericMoveFloatingIp", status: "init" });
  expect((await post(`${EXTRA}/move`, { to: "srv2" })).json.message).toContain("already running");
  await fake.idle();
  expect(world.routes.get("198.51.100.8/32")).toBe("srv2");
  expect(await get(EXTRA)).toMatchObject({ routedTo: { serviceName: "srv2" } });
  expect(await get(`${EXTRA}/task/${moved.json.taskId}`)).toMatchObject({ status: "done" });
  expect((await post(`${EXTRA}/move`, { to: "srv2" })).status).toBe(400);
  expect((await post(`${EXTRA}/move`, { to: "srv9" })).status).toBe(400);
  expect((await post(`${MAIN}/move`, { to: "srv2" })).json.message).toContain("not an additional IP");
  expect((await get(`${EXTRA}/move`)).dedicatedServer).toEqual([{ service: "srv1", nexthop: [] }]);
  await post(`${EXTRA}/park`);
  await fake.idle();
  expect(await get(EXTRA)).toMatchObject({ routedTo: null });
});

test("a move that fails says so in the task, and the address stays where it was", async () => {
  world.failNext = "the route is stuck";
  const moved = await post(`${EXTRA}/move`, { to: "srv2" });
  await fake.idle();
  const task = await get(`${EXTRA}/task/${moved.json.taskId}`);
  expect(task).toMatchObject({ status: "ovhError", comment: "the route is stuck" });
  expect(await get(EXTRA)).toMatchObject({ routedTo: { serviceName: "srv1" } });
});

test("an address that is blocked for spam can be unblocked when its time is over", async () => {
  const spam = fake.state.ips["192.0.2.1/32"]?.spam;
  spam?.push({ ipSpamming: "192.0.2.1", date: new Date().toISOString(), state: "blockedForSpam", time: 60 });
  const early = await post(`${MAIN}/spam/192.0.2.1/unblock`);
  expect([early.status, early.json.message]).toEqual([400, "This IP address is still blocked for 60 seconds"]);
  for (const entry of spam ?? []) entry.time = 0;
  expect((await post(`${MAIN}/spam/192.0.2.1/unblock`)).json.state).toBe("unblocking");
  await fake.idle();
  expect(await get(`${MAIN}/spam?state=unblocked`)).toEqual(["192.0.2.1"]);
});
