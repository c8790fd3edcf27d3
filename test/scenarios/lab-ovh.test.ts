/**
 * OVH's side of the lab: what its API says really happens. Zones are served by real name servers, servers are installed,
 * addresses move, the storage opens and closes. Runs under POSTFLEET_SCENARIOS=1 as root; OVH's side is made anew, and is
 * gone at the end.
 */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { tearDownOvh } from "../../lab/down";
import { operatorKey, publicKey } from "../../lab/keys";
import type { Credentials } from "../../lab/ovh/auth";
import { controlled } from "../../lab/ovh/control";
import { ovhFiles } from "../../lab/ovh/places";
import type { OvhStatus } from "../../lab/ovh/status";
import { AUTHORITY, hostNamed, ipv4, OVH_STORAGE, RESOLVER } from "../../lab/plan";
import { waitFor } from "../../lab/services";
import { onHost, tryOnHost } from "../../lab/ssh";
import { locked } from "../../lab/state";
import { status } from "../../lab/status";
import { up } from "../../lab/up";
import { readJson } from "../../system/files";
import { silent } from "../../system/progress";
import { attempt } from "../../system/run";
import { vendorClient } from "../lab/ovh/client";
import { newFolder } from "../support/folder";

const CHECKOUT = join(__dirname, "..", "..");
const SERVER = "/dedicated/server/srv1.ovh.example";
const ZONE = "/domain/zone/campus.example";

const labUp = (): Promise<void> => locked(() => up(CHECKOUT, silent, { ovh: true }), 60);

let ovh: OvhStatus;
const directory = newFolder();
let request: <T>(method: string, path: string, body?: object) => Promise<T>;

beforeAll(async () => {
  if (!(await status()).ovh?.answers) await labUp();
  ovh = (await status()).ovh as OvhStatus;
  const client = vendorClient({ ...ovh, credentials: readJson<Credentials>(ovh.credentialsFile) as Credentials });
  request = (method, path, body = {}) => client.requestPromised(method, path, body);
  await controlled(ovh.controlSocket).change({ delay: 100, refreshAnswer: "null" });
}, 600_000);

const dig = async (...args: string[]): Promise<string> =>
  (await attempt(["dig", "+short", "+time=2", "+tries=1", ...args])).stdout.trim();

async function eventually(what: string, seconds: number, answers: () => Promise<boolean>): Promise<void> {
  if (!(await waitFor({ answers }, seconds))) throw new Error(`${what}: not within ${seconds} s`);
}

async function finished(service: string, task: { taskId: number }): Promise<void> {
  const look = () => request<{ status: string; comment: string }>("GET", `${service}/task/${task.taskId}`);
  await eventually(`task ${task.taskId}`, 60, async () => /done|Error|cancelled/.test((await look()).status));
  expect(await look()).toMatchObject({ status: "done" });
}

test("a record is served by both name servers after the refresh, and not before", async () => {
  const subDomain = `t${Date.now()}`;
  const name = `${subDomain}.campus.example`;
  await request("POST", `${ZONE}/record`, { fieldType: "TXT", subDomain, target: "seen; by all", ttl: 60 });
  for (const { ipv4 } of ovh.nameServers) expect(await dig(`@${ipv4}`, name, "TXT")).toBe("");
  await request("POST", `${ZONE}/refresh`);
  const { serial } = await request<{ serial: number }>("GET", `${ZONE}/soa`);
  for (const { ipv4, ipv6 } of ovh.nameServers) {
    for (const address of [ipv4, ipv6]) {
      await eventually(`serial at ${address}`, 15, async () =>
        (await dig(`@${address}`, "campus.example", "SOA")).includes(` ${serial} `),
      );
      expect(await dig(`@${address}`, name, "TXT")).toBe('"seen; by all"');
    }
  }
  await eventually("resolver", 15, async () => (await dig(`@${RESOLVER.ipv4}`, name, "TXT")) === '"seen; by all"');
});

test("DNSSEC: the name servers sign, the registry follows, resolvers validate; and back", async () => {
  const zone = "/domain/zone/campus-lists.example";
  const authentic = async (): Promise<boolean> => {
    const { stdout } = await attempt(["dig", `@${RESOLVER.ipv4}`, "campus-lists.example", "SOA", "+dnssec"]);
    return stdout.includes("status: NOERROR") && / ad[ ;]/.test(stdout);
  };
  expect(await authentic()).toBe(false);
  await request("POST", `${zone}/dnssec`);
  await eventually("validated", 40, authentic);
  await request("DELETE", `${zone}/dnssec`);
  await eventually(
    "insecure",
    40,
    async () => !(await authentic()) && (await dig(`@${RESOLVER.ipv4}`, "campus-lists.example", "NS")) !== "",
  );
  const { status: state } = await request<{ status: string }>("GET", `${zone}/dnssec`);
  expect(state).toBe("disabled");
}, 100_000);

/** A host key that we made: PEM for the server, a known_hosts line for us. */
function newHostKey(): { file: string; line: string; pem: string } {
  const file = join(directory, `host-${Date.now()}`);
  execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", file]);
  return { file, line: `10.66.0.51 ${readFileSync(`${file}.pub`, "utf8")}`, pem: readFileSync(file, "utf8") };
}

test("a reinstalled server has our key, name and host key from its first connection on", async () => {
  const key = newHostKey();
  const known = join(directory, "known_hosts");
  writeFileSync(known, key.line);
  const script = `#!/bin/sh
set -e
rm -f /etc/ssh/ssh_host_*
umask 077
cat > /etc/ssh/ssh_host_ed25519_key <<'KEY'
${key.pem}KEY
ssh-keygen -y -f /etc/ssh/ssh_host_ed25519_key > /etc/ssh/ssh_host_ed25519_key.pub
`;
  const task = await request<{ taskId: number }>("POST", `${SERVER}/reinstall`, {
    operatingSystem: "debian13_64",
    customizations: {
      hostname: "mx1.campus.example",
      sshKey: `${publicKey(operatorKey())} operator`,
      postInstallationScript: Buffer.from(script).toString("base64"),
    },
  });
  const ssh = ["ssh", "-F", "none", "-i", operatorKey(), "-o", "StrictHostKeyChecking=yes"];
  const login = () => attempt([...ssh, "-o", `UserKnownHostsFile=${known}`, "root@10.66.0.51", "hostname"]);
  await eventually("first login", 60, async () => {
    const { status: code, stdout, stderr } = await login();
    // Silence is allowed, another host key never.
    if (stderr.includes("Host key verification failed") || /IDENTIFICATION HAS CHANGED/.test(stderr))
      throw new Error(stderr);
    return code === 0 && stdout.trim() === "mx1.campus.example";
  });
  await finished(SERVER, task);
  const log = JSON.stringify(await controlled(ovh.controlSocket).log());
  expect(log).toContain("reinstall");
  expect(log).not.toContain(Buffer.from(script).toString("base64"));
}, 120_000);

test("a reverse name is published when the name leads to the address", async () => {
  const reverse = { ipReverse: "10.66.0.51", reverse: "mx1.campus.example" };
  const path = `/ip/${encodeURIComponent("10.66.0.51/32")}/reverse`;
  await expect(request("POST", path, { ...reverse, reverse: "mx9.campus.example" })).rejects.toMatchObject({
    error: 400,
    message: "mx9.campus.example does not resolve to 10.66.0.51",
  });
  const known = await request<number[]>("GET", `${ZONE}/record`, { fieldType: "A", subDomain: "mx1" });
  if (known.length === 0) {
    await request("POST", `${ZONE}/record`, { fieldType: "A", subDomain: "mx1", target: "10.66.0.51" });
    await request("POST", `${ZONE}/refresh`);
  }
  await eventually("forward", 15, async () => (await dig(`@${RESOLVER.ipv4}`, "mx1.campus.example")) === "10.66.0.51");
  await request("POST", path, reverse);
  await eventually(
    "reverse",
    15,
    async () => (await dig(`@${RESOLVER.ipv4}`, "-x", "10.66.0.51")) === "mx1.campus.example.",
  );
  await request("DELETE", `${path}/10.66.0.51`);
  await eventually("gone", 15, async () => (await dig(`@${RESOLVER.ipv4}`, "-x", "10.66.0.51")) === "");
}, 60_000);

test("the additional address answers where it was moved, for hosts that knew it elsewhere", async () => {
  const [block = ""] = ovh.additionalIps;
  const address = block.split("/")[0] ?? "";
  const net1 = hostNamed("net1");
  const path = `/ip/${encodeURIComponent(block)}`;
  const where = async (): Promise<string> => {
    await tryOnHost(net1, `ping -c1 -W1 ${address} 2>/dev/null || bash -c 'echo > /dev/tcp/${address}/9' 2>/dev/null`);
    return (await onHost(net1, `ip neigh show ${address}`)).split(" ")[4] ?? "";
  };
  const mac = (host: string) =>
    execFileSync("ip", ["netns", "exec", `pflab-${host}`, "cat", "/sys/class/net/eth0/address"], {
      encoding: "utf8",
    }).trim();
  const { routedTo } = await request<{ routedTo: { serviceName: string } }>("GET", path);
  const order = routedTo.serviceName === "srv1.ovh.example" ? ["srv2", "srv1"] : ["srv1", "srv2"];
  await where();
  for (const host of order) {
    await finished(path, await request("POST", `${path}/move`, { to: `${host}.ovh.example` }));
    await eventually(`${address} at ${host}`, 5, async () => (await where()) === mac(host));
  }
}, 60_000);

test("the storage opens for the addresses it is told, with the password, and closes again", async () => {
  const feature = `${SERVER}/features/backupFTP`;
  const block = "10.66.0.51/32";
  const item = `${feature}/access/${encodeURIComponent(block)}`;
  await request("GET", feature).catch(async () => finished(SERVER, await request("POST", feature)));
  const known = await request<string[]>("GET", `${feature}/access`);
  if (known.includes(block)) await finished(SERVER, await request("DELETE", item));
  const password = readJson<Record<string, string>>(ovh.storage.passwordsFile)?.srv1 ?? "";
  const srv1 = hostNamed("srv1");
  await onHost(srv1, "cat > /root/askpass && chmod 700 /root/askpass", { input: `#!/bin/sh\necho '${password}'\n` });
  const sftp = (command: string) =>
    tryOnHost(
      srv1,
      `SSH_ASKPASS=/root/askpass SSH_ASKPASS_REQUIRE=force sftp -o StrictHostKeyChecking=no -o NumberOfPasswordPrompts=1 -o ConnectTimeout=3 srv1@${OVH_STORAGE}`,
      { input: `${command}\n` },
    );
  expect((await sftp("ls")).status).not.toBe(0);
  await finished(
    SERVER,
    await request("POST", `${feature}/access`, { ipBlock: block, ftp: true, nfs: false, cifs: false }),
  );
  expect(await request("GET", item)).toMatchObject({ isApplied: true });
  const put = await sftp("put /etc/hostname\nls -l");
  expect([put.status, put.stdout]).toEqual([0, expect.stringContaining("hostname")]);
  await finished(SERVER, await request("DELETE", item));
  expect((await sftp("ls")).status).not.toBe(0);
}, 60_000);

test("an API that was killed is mended by `lab up`, and knows what it knew", async () => {
  const before = await request<number[]>("GET", `${ZONE}/record`);
  expect(before.length).toBeGreaterThan(2);
  const { pid } = readJson<{ pid: number }>(ovhFiles.process()) as { pid: number };
  process.kill(pid, "SIGKILL");
  await eventually("its end", 5, async () => !(await status()).ovh?.answers);
  await labUp();
  expect((await status()).ovh?.answers).toBe(true);
  expect(await request<number[]>("GET", `${ZONE}/record`)).toEqual(before);
}, 120_000);

test("OVH's side goes without a trace, and the rest of the lab stays", async () => {
  const net1 = hostNamed("net1");
  const booted = await onHost(net1, "cat /proc/sys/kernel/random/boot_id; stat -c %Y /proc/1");
  await locked(tearDownOvh, 60);
  const own = /pflab-(ovh1|srv[12])|pf-(ovh1|srv[12])|hosts\/(ovh1|srv[12])/;
  for (const argv of [
    ["ps", "-e", "-ww", "-o", "args="],
    ["ip", "netns", "list"],
    ["ip", "link"],
    ["cat", "/proc/mounts"],
  ]) {
    expect((await attempt(argv)).stdout).not.toMatch(own);
  }
  const authority = `@${ipv4(AUTHORITY)}`;
  expect(await dig("+norec", authority, "ovh.example", "NS", "+noall", "+authority")).not.toContain("dns.ovh.example");
  expect(await dig("+norec", authority, "foreign.example", "NS")).not.toBe("");
  expect(await onHost(net1, "cat /proc/sys/kernel/random/boot_id; stat -c %Y /proc/1")).toBe(booted);
  const found = await status();
  expect(found.ovh).toBeUndefined();
  expect(found.hosts.map(({ name }) => name)).not.toContain("ovh1");
}, 60_000);
