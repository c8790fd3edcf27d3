import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fetchSettings } from "../../lab/mirror";
import { hostAddresses, natRules } from "../../lab/network";
import { HOSTS, hostNamed, vethName } from "../../lab/plan";
import { missingPackages, PROGRAMS } from "../../lab/requirements";
import { isHealthy, type LabStatus, statusTable } from "../../lab/status";

test("names and addresses of hosts are theirs alone; interface names fit the kernel's 15 characters", () => {
  const addresses = HOSTS.flatMap(hostAddresses);
  expect(new Set(addresses).size).toBe(addresses.length);
  expect(HOSTS.every((host) => vethName(host).length <= 15)).toBe(true);
  expect(hostAddresses(hostNamed("mail1"))).toEqual(["10.66.0.11/24", "fd66::11/64"]);
  expect(hostAddresses(hostNamed("net1"))).toContain("198.41.0.4/32");
});

test("an unknown host is refused with the names there are", () => {
  expect(() => hostNamed("mail2")).toThrow(
    'no host "mail2" in the lab; its hosts: net1, mail1, back1, foreign1, ovh1, srv1, srv2',
  );
});

test("of apt's settings only the way to the packages is handed on", () => {
  const dump = `APT::Architecture "amd64";
Acquire::http::Proxy "http://proxy:3128";
Acquire::http::Proxy::deb.debian.org "DIRECT";
Acquire::https::Proxy "";
Acquire::Check-Valid-Until "false";
Acquire::Languages "none";
DPkg::Post-Invoke:: "rm -f /var/cache/apt/archives/*.deb";
`;
  expect(fetchSettings(dump).split("\n")).toEqual([
    'Acquire::http::Proxy "http://proxy:3128";',
    'Acquire::http::Proxy::deb.debian.org "DIRECT";',
    'Acquire::Check-Valid-Until "false";',
    "",
  ]);
});

test("missing programs become packages, each once", () => {
  expect(missingPackages(() => true)).toEqual([]);
  const none = missingPackages(() => false);
  expect(none).toContain("systemd-container");
  expect(none.filter((name) => name === "openssh-client")).toHaveLength(1);
  expect(missingPackages((path) => !path.endsWith("/nft"))).toEqual([PROGRAMS.nft]);
});

const nft = ["/usr/sbin/nft", "/sbin/nft"].find(existsSync);
const nftWorks = nft !== undefined && process.getuid?.() === 0;
(nftWorks ? test : test.skip)("nft accepts the rules (needs root and nft)", () => {
  execFileSync(nft ?? "", ["--check", "--file", "-"], { input: natRules() });
  const broken = natRules().replace("masquerade", "masquerada");
  expect(() => execFileSync(nft ?? "", ["--check", "--file", "-"], { input: broken, stdio: "pipe" })).toThrow();
});

const lab: LabStatus = {
  checkout: "/srv/postfleet",
  hosts: HOSTS.map(({ name, roles }) => ({
    name,
    roles,
    ipv4: "10.66.0.9",
    ipv6: "fd66::9",
    running: true,
    ssh: true,
  })),
  services: [{ name: "resolver", host: "net1", answers: true }],
  resolver: { ipv4: "10.66.0.2", ipv6: "fd66::2" },
  sshKeyFile: "/k",
  knownHostsFile: "/h",
  acme: { directory: "https://x/dir", caFile: "/c", rootFile: "/r" },
  probeAccounts: [],
};

test("a lab is healthy only when every host and every service answers", () => {
  expect(isHealthy(lab)).toBe(true);
  expect(isHealthy({ ...lab, checkout: undefined })).toBe(false);
  expect(isHealthy({ ...lab, hosts: lab.hosts.map((h, i) => ({ ...h, ssh: i !== 1 })) })).toBe(false);
  expect(isHealthy({ ...lab, services: [{ name: "resolver", host: "net1", answers: false }] })).toBe(false);
});

test("the table names what does not answer", () => {
  const hosts = lab.hosts.map((host) => ({ ...host, ssh: host.name !== "mail1" }));
  const table = statusTable({ ...lab, hosts, services: [{ name: "resolver", host: "net1", answers: false }] });
  expect(table).toMatch(/^net1 .*✗ resolver$/m);
  expect(table).toMatch(/^mail1 .*no SSH/m);
  expect(statusTable({ ...lab, checkout: undefined })).toContain("no lab");
});
