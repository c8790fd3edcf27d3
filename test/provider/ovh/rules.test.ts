/** The access rules of docs/ovh.md: enough for what each feature does, and none of them for nothing. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type AccessRule, granted } from "../../../lab/ovh/auth";
import type { ResourceHandler } from "../../../provider/handler";
import { backupStorageHandler } from "../../../provider/ovh/servers/backup-storage";
import { installationHandler } from "../../../provider/ovh/servers/installation";
import { monitoringHandler } from "../../../provider/ovh/servers/monitoring";
import { dedicatedServers } from "../../../provider/ovh/servers/server-install";
import { virtualServers } from "../../../provider/ovh/servers/vps-rebuild";
import { vrackHandler } from "../../../provider/ovh/servers/vrack";
import type { ValueMap } from "../../../provider/values";
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

let account: Awaited<ReturnType<typeof machines>>;
beforeEach(async () => {
  account = await machines();
});
afterEach(() => account.close());

/** A life under these rules alone: made, read, changed, removed; and then the account has no such service any more. */
async function lives(feature: string, handler: ResourceHandler, steps: ValueMap[]) {
  const names = { SERVER: "ns1.example", VPS: "vps-1.example", VRACK: "pn-1" };
  const rules = rulesOf(feature, names);
  account.fake.grant(rules);
  const one = new Engine(handler);
  for (const step of steps) {
    await one.preview(step);
    await one.up(step);
  }
  await one.remove();
  Object.assign(account.fake.state, { servers: {}, vps: {}, vracks: {} });
  await expect(new Engine(handler).preview(steps[0] ?? {})).rejects.toThrow(/the account has no/);
  const calls = account.fake.log.map(({ method, path }) => ({ method, path: path.replace(/\?.*/, "") }));
  const idle = rules.filter((rule) => !calls.some(({ method, path }) => granted([rule], method, path)));
  expect(idle).toEqual([]);
}

test("systems of servers", async () => {
  const handler = installationHandler(dedicatedServers(account.parts), account.parts);
  const key = { hostname: "mail1", sshKey: OPERATOR, hostKey: HOST_KEY.privateKeyPem };
  const news = { service: "ns1.example", image: "debian13_64", ...key, reinstall: TODAY };
  await lives("install", handler, [news]);
});

test("systems of VPS", async () => {
  const handler = installationHandler(virtualServers(account.parts), account.parts);
  const news = {
    service: "vps-1.example",
    image: "Debian 13",
    sshKey: OPERATOR,
    rebuild: TODAY,
    trustFirstContact: true,
  };
  await lives("rebuild", handler, [news]);
});

test("monitoring", async () => {
  await lives("monitoring", monitoringHandler(account.parts), [{ service: "ns1.example", enabled: false }]);
});

test("backup storage", async () => {
  const service = "ns1.example";
  const [mine, other] = [
    { ipBlock: "198.51.100.1/32", nfs: true },
    { ipBlock: "198.51.100.2/32", ftp: true },
  ];
  await lives("backup", backupStorageHandler(account.parts), [
    { service, access: [mine] },
    { service, access: [{ ...mine, ftp: true }, other] },
  ]);
  expect(TEXT).not.toMatch(/^DELETE \S*backupFTP$/m);
});

test("vRack", async () => {
  const interfaces = [account.fake.state.servers["ns2.example"]?.interface ?? ""];
  const news = { vrack: "pn-1", servers: ["ns1.example"], interfaces };
  await lives("vrack", vrackHandler(account.parts), [news, { vrack: "pn-1", servers: [] }]);
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
