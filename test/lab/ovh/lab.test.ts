import { execFileSync, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { ovhRegistryRemoval, ovhRegistrySetup, reverseZones } from "../../../lab/net1/ovh";
import { registryScript } from "../../../lab/net1/registry";
import { hostAddresses } from "../../../lab/network";
import { newState } from "../../../lab/ovh/account";
import { controlled, listenForControl } from "../../../lab/ovh/control";
import { ADDITIONAL_BLOCK, hostOf, labAccount, reverseZone } from "../../../lab/ovh/lab-account";
import { serverFiles } from "../../../lab/ovh/lab-servers";
import { ovhFiles, ovhSetup, storageAccess, storageRules } from "../../../lab/ovh1";
import { firstZones, reverseZoneFile } from "../../../lab/ovh1/zones";
import { ALL_HOSTS, OVH_DOMAINS, OVH_SERVERS, vethName } from "../../../lab/plan";
import { newFolder } from "../../support/folder";
import { call, quickFake } from "./client";

test("OVH's hosts have addresses of their own, the name servers one each", () => {
  const addresses = ALL_HOSTS.flatMap(hostAddresses);
  expect(new Set(addresses).size).toBe(addresses.length);
  expect(addresses).toEqual(expect.arrayContaining(["10.66.0.41/24", "10.66.0.42/24", "fd66::52/64"]));
  expect(addresses.some((address) => address.startsWith(ADDITIONAL_BLOCK.split("/")[0] ?? ""))).toBe(false);
  expect(ALL_HOSTS.every((host) => vethName(host).length <= 15)).toBe(true);
});

test("the account of the lab is made of the lab's hosts, and every address has its reverse zone", () => {
  const state = newState(labAccount());
  for (const name of Object.keys(state.servers)) expect(OVH_SERVERS).toContain(hostOf(name));
  expect(Object.keys(state.zones)).toEqual([...OVH_DOMAINS]);
  expect(state.ips[ADDITIONAL_BLOCK]?.routedTo).toBe("srv1.ovh.example");
  for (const block of Object.keys(state.ips))
    expect(firstZones()).toHaveProperty([reverseZone(block.split("/")[0] ?? "")]);
  expect(reverseZones()["51.0.66.10.in-addr.arpa"]).toBe("10.66.0.51");
  expect(() => hostOf("srv9.ovh.example")).toThrow("no host for the service");
  expect(() => reverseZone("10.66.0.11")).toThrow("no reverse zone");
  expect(reverseZoneFile("51.0.66.10.in-addr.arpa", "mx.campus.example")).toContain("PTR mx.campus.example.");
});

test("a fresh server has what the customer gave, and none of the lab's keys", () => {
  const base = {
    "/etc/hostname": { content: "srv1\n" },
    "/etc/ssh/ssh_host_ed25519_key": { content: "lab" },
    "/root/.ssh/authorized_keys": { content: "operator" },
    "/etc/resolv.conf": { content: "nameserver x\n" },
  };
  const bare = serverFiles(base, { image: "debian13_64" });
  expect(JSON.stringify(bare)).not.toMatch(/operator|"lab"/);
  expect(bare["/etc/hostname"]?.content).toBe("srv1\n");
  const given = {
    image: "debian13_64",
    hostname: "mx1.example",
    sshKey: "ssh-ed25519 A me\n",
    postInstallationScript: "#!",
  };
  const files = serverFiles(base, given);
  expect(files["/root/.ssh/authorized_keys"]).toEqual({ content: "ssh-ed25519 A me\n", mode: 0o600 });
  expect(files["/etc/hostname"]?.content).toBe("mx1.example\n");
  const [script] = Object.entries(files).filter(([, file]) => file.content === "#!");
  const unit = files["/etc/systemd/system/post-installation.service"]?.content;
  expect(unit).toContain(`ExecStart=${script?.[0]}\n`);
  expect(unit).toContain("Before=ssh.service");
});

test("shell accepts what runs on ovh1 and net1; the robot asks OVH's server for OVH's domains", () => {
  const sh = (text: string) => spawnSync("sh", ["-n"], { input: text }).status;
  expect([ovhSetup(), ovhRegistrySetup(), ovhRegistryRemoval()].map(sh)).toEqual([0, 0, 0]);
  expect(sh("if")).not.toBe(0);
  expect(ovhRegistrySetup()).toContain('CHILD_SERVER = "10.66.0.41"');
  expect(ovhRegistrySetup()).toContain('("campus.example.", "example.")');
  expect(registryScript()).toContain('CHILD_SERVER = "10.66.0.11"');
  const set = [...ovhRegistrySetup().matchAll(/^knotc zone-set (\S+ \S+)/gm)].map(([, what]) => what);
  const unset = [...ovhRegistryRemoval().matchAll(/^knotc zone-unset (\S+ \S+)/gm)].map(([, what]) => what);
  expect(new Set(set)).toEqual(new Set(unset));
});

test("the storage is closed but for those who are allowed, each to their own", () => {
  const accesses = [
    { account: "srv1", ipBlock: "10.66.0.51/32" },
    { account: "srv2", ipBlock: "10.66.0.48/28" },
  ];
  const lines = storageAccess(accesses).split("\n");
  expect(lines.indexOf("+:srv1:10.66.0.51")).toBeLessThan(lines.indexOf("-:(storage):ALL"));
  expect(lines).toContain("+:srv2:10.66.0.48/28");
  expect(storageAccess([])).not.toContain("srv");
  const rules = storageRules(["10.66.0.51/32", "fd66::51/128"]);
  expect(rules).toMatch(/allowed_ipv4 \{[^}]*elements = \{ 10\.66\.0\.51\/32 \}/);
  expect(rules).toMatch(/allowed_ipv6 \{[^}]*elements = \{ fd66::51\/128 \}/);
  expect(ovhFiles()["/etc/security/access.conf"]?.content).toContain("-:(storage):ALL");
});

const nft = ["/usr/sbin/nft", "/sbin/nft"].find(existsSync);
(nft && process.getuid?.() === 0 ? test : test.skip)("nft accepts the storage's rules (needs root and nft)", () => {
  for (const rules of [storageRules([]), storageRules(["10.66.0.51/32", "10.66.0.52/32", "fd66::51/128"])]) {
    execFileSync(nft ?? "", ["--check", "--file", "-"], { input: rules });
  }
  expect(() =>
    execFileSync(nft ?? "", ["--check", "--file", "-"], { input: storageRules(["x"]), stdio: "pipe" }),
  ).toThrow();
});

test("other processes set faults, settings and rules by the control socket, and read the log", async () => {
  const directory = newFolder();
  const { fake } = await quickFake({ account: { zones: { "example.org": [] } } });
  const server = await listenForControl(fake, join(directory, "control.sock"));
  const control = controlled(join(directory, "control.sock"));
  await control.addFault({ path: /^\/domain/, status: 502, times: 1 });
  const status = async () => (await call(fake, "GET", "/domain/zone")).status;
  expect([await status(), await status()]).toEqual([502, 200]);
  await control.addFault({ path: /^\/domain/, status: 502, times: 5 });
  await control.clearFaults();
  await control.grant([{ method: "GET", path: "/ip" }]);
  expect(await status()).toBe(403);
  expect((await control.log()).map((entry) => entry.status)).toEqual([502, 200, 403]);
  expect(await control.clearLog()).toBe(3);
  expect(await control.change({ delay: 7 })).toMatchObject({ delay: 7 });
  expect(fake.settings.delay).toBe(7);
  expect(await control.settings()).toMatchObject({ delay: 7, refreshAnswer: "204" });
  server.close();
  await fake.close();
  await expect(control.log()).rejects.toThrow();
});
