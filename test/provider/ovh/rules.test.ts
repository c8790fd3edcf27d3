/** The access rules of docs/ovh.md: enough for what each feature does, and none of them for nothing. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type AccessRule, granted } from "../../../lab/ovh/auth";
import { refuseMissingRights } from "../../../provider/dns/zone/backends/ovh-rights";
import { onTheWire, type ResourceHandler } from "../../../provider/handler";
import type { OvhApi } from "../../../provider/ovh/api";
import { AdditionalIpHandler } from "../../../provider/ovh/ip/additional-ip";
import { OwnBlocks } from "../../../provider/ovh/ip/addresses";
import { IpFirewallHandler } from "../../../provider/ovh/ip/firewall";
import { ReverseNameHandler } from "../../../provider/ovh/ip/reverse-name";
import { backupStorageHandler } from "../../../provider/ovh/servers/backup-storage";
import { installationHandler } from "../../../provider/ovh/servers/installation";
import { monitoringHandler } from "../../../provider/ovh/servers/monitoring";
import { dedicatedServers } from "../../../provider/ovh/servers/server-install";
import { virtualServers } from "../../../provider/ovh/servers/vps-rebuild";
import { vrackHandler } from "../../../provider/ovh/servers/vrack";
import { NasShareHandler } from "../../../provider/ovh/storage/nas-share";
import { ObjectStorageHandler } from "../../../provider/ovh/storage/object-storage";
import type { ValueMap } from "../../../provider/values";
import { fakeAccount, SOON } from "./ip/fake-account";
import { Engine, HOST_KEY, machines, OPERATOR, TODAY } from "./servers/machines";

const TEXT = readFileSync(join(__dirname, "../../../docs/ovh.md"), "utf8");

function rulesOf(feature: string, names: Record<string, string>): AccessRule[] {
  const [, block] = new RegExp(`<!-- rules: ${feature} -->\n\`\`\`\n([^\`]*)\`\`\``).exec(TEXT) ?? [];
  const lines = (block ?? "").trim().split("\n");
  return lines.map((line) => {
    const [method = "", path = ""] = line.split(" ");
    return { method, path: path.replace(/[A-Z]{3,}/g, (name) => names[name] ?? name) };
  });
}

type Account = Pick<Awaited<ReturnType<typeof fakeAccount>>, "fake" | "close">;
const NAMES = { SERVER: "ns1.example", VPS: "vps-1.example", VRACK: "pn-1", NAS: "zpool-1", PROJECT: "a1b2" };

/** A life under these rules alone: made, changed, found without a state, removed; then the account has nothing any more. */
async function lives({ fake }: Account, feature: string, handler: ResourceHandler, steps: ValueMap[]) {
  const rules = rulesOf(feature, NAMES);
  fake.grant(rules);
  const one = new Engine(handler);
  for (const step of steps) {
    await one.preview(step);
    await one.up(step);
  }
  await new Engine(handler).up(steps.at(-1) ?? {});
  await one.remove();
  Object.assign(fake.state, { servers: {}, vps: {}, vracks: {}, ips: {}, nashas: {}, projects: {} });
  await new Engine(handler).preview(steps[0] ?? {}).catch(() => {});
  expect(fake.log.filter(({ status }) => status === 403)).toEqual([]);
  const calls = fake.log.map(({ method, path }) => ({ method, path: path.replace(/\?.*/, "") }));
  const idle = rules.filter((rule) => !calls.some(({ method, path }) => granted([rule], method, path)));
  expect(idle).toEqual([]);
}

describe("of servers", () => {
  let account: Awaited<ReturnType<typeof machines>>;
  beforeEach(async () => {
    account = await machines();
  });
  afterEach(() => account.close());

  test("systems of servers", async () => {
    const handler = onTheWire(installationHandler(dedicatedServers(account.parts), account.parts));
    const key = { hostname: "mail1", sshKey: OPERATOR, hostKey: HOST_KEY.privateKeyPem };
    const news = { service: "ns1.example", image: "debian13_64", ...key, reinstall: TODAY };
    await lives(account, "install", handler, [news]);
  });

  test("systems of VPS", async () => {
    const handler = onTheWire(installationHandler(virtualServers(account.parts), account.parts));
    const news = {
      service: "vps-1.example",
      image: "Debian 13",
      sshKey: OPERATOR,
      rebuild: TODAY,
      trustFirstContact: true,
    };
    await lives(account, "rebuild", handler, [news]);
  });

  test("monitoring", async () => {
    await lives(account, "monitoring", onTheWire(monitoringHandler(account.parts)), [
      { service: "ns1.example", enabled: false },
    ]);
  });

  test("backup storage", async () => {
    const service = "ns1.example";
    const [mine, other] = [
      { ipBlock: "198.51.100.1/32", nfs: true },
      { ipBlock: "198.51.100.2/32", ftp: true },
    ];
    await lives(account, "backup", onTheWire(backupStorageHandler(account.parts)), [
      { service, access: [mine] },
      { service, access: [{ ...mine, ftp: true }, other] },
    ]);
    expect(TEXT).not.toMatch(/^DELETE \S*backupFTP$/m);
  });

  test("vRack", async () => {
    const interfaces = [account.fake.state.servers["ns2.example"]?.interface ?? ""];
    const news = { vrack: "pn-1", servers: ["ns1.example"], interfaces };
    await lives(account, "vrack", onTheWire(vrackHandler(account.parts)), [news, { vrack: "pn-1", servers: [] }]);
  });
});

describe("of addresses and storage", () => {
  let account: Awaited<ReturnType<typeof fakeAccount>>;
  beforeEach(async () => {
    account = await fakeAccount({
      servers: { ns1: { ip: "192.0.2.1", ipv6: "2001:db8:0:1::/64" }, ns2: { ip: "192.0.2.2" } },
      additionalIps: { "192.0.2.8/32": "ns1" },
      nashas: { [NAMES.NAS]: { ip: "10.201.0.5", zpoolSize: 1000 } },
      projects: { [NAMES.PROJECT]: ["GRA"] },
    });
  });
  afterEach(() => account.close());
  const blocks = () => new OwnBlocks(account.api);

  test("reverse names", async () => {
    const address = "2001:db8:0:1::19";
    const news = ["a.example.org", "b.example.org"].map((name) => ({ address, name }));
    for (const { name } of news) account.world.forward.add(`${name} ${address}`);
    const handler = onTheWire(
      new ReverseNameHandler(account.api, blocks(), { resolves: async () => [address], polling: SOON }),
    );
    await lives(account, "reverse", handler, news);
  });

  test("network firewall", async () => {
    const rule = (port: number) => ({ action: "permit", protocol: "tcp", destinationPort: port });
    const steps = [{ 0: rule(25) }, { 0: rule(25), 1: rule(465) }, { 0: rule(465) }].map((rules) => ({ rules }));
    const handler = onTheWire(new IpFirewallHandler(account.api, blocks(), SOON));
    const news = steps.map(({ rules }) => ({ address: "192.0.2.1", enabled: true, rules }) as unknown as ValueMap);
    await lives(account, "firewall", handler, news);
  });

  test("additional addresses", async () => {
    const handler = onTheWire(new AdditionalIpHandler(account.api, blocks(), SOON));
    await lives(account, "additional", handler, [{ block: "192.0.2.8/32", service: "ns2" }]);
  });

  test("NAS-HA", async () => {
    const news = {
      nas: NAMES.NAS,
      partition: "mail",
      protocol: "NFS",
      size: 100,
      access: { "192.0.2.1": "readwrite" },
    };
    const more = { ...news, size: 200, access: { "192.0.2.2": "readonly" }, snapshots: ["day-1"] };
    const handler = onTheWire(new NasShareHandler(account.api, SOON));
    await lives(account, "nas", handler, [news, more, { ...more, snapshots: ["hour-6"] }]);
  });

  test("object storage", async () => {
    const news = { project: NAMES.PROJECT, region: "GRA", container: "backups", versioning: true };
    const handler = onTheWire(new ObjectStorageHandler(account.api, SOON));
    await lives(account, "object", handler, [news, { ...news, versioning: false }]);
  });
});

test("zones: the rules are those that a change is refused without", async () => {
  const rules = rulesOf("zone", { ZONE: "example.org" });
  const withRules = (some: AccessRule[]) => ({ get: async () => ({ rules: some }) }) as unknown as OvhApi;
  await refuseMissingRights(withRules(rules), "example.org", true);
  await expect(refuseMissingRights(withRules(rules.slice(0, -1)), "example.org", true)).rejects.toThrow(/refresh/);
  const unsigned = rules.filter(({ path }) => !path.endsWith("/dnssec"));
  await refuseMissingRights(withRules(unsigned), "example.org", false);
  await expect(refuseMissingRights(withRules(unsigned), "example.org", true)).rejects.toThrow(
    /missing:\n {2}GET \/domain\/zone\/example.org\/dnssec\n {2}POST \/domain\/zone\/example.org\/dnssec$/,
  );
});

test("no rule gives the right to end a service or to order one", () => {
  const rules = [...TEXT.matchAll(/^(GET|POST|PUT|DELETE) (\/\S+)$/gm)].map(([, method = "", path = ""]) => ({
    method,
    path,
  }));
  expect(rules.length).toBeGreaterThan(50);
  for (const path of [
    "/dedicated/server/SERVER/terminate",
    "/ip/service/x/terminate",
    "/order/cart",
    "/me",
    "/vps/VPS/terminate",
  ]) {
    expect(granted(rules, "POST", path)).toBe(false);
  }
});
