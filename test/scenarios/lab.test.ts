/**
 * The lab itself: it comes up twice as quickly as once, it heals what is killed, and it leaves nothing behind.
 * Runs under POSTFLEET_SCENARIOS=1 as root, on the machine's own lab, which it leaves up. Bare hosts keep their disks.
 */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { tearDown } from "../../lab/down";
import { isRunning, machineProcesses } from "../../lab/machines";
import { HOSTS, hostNamed } from "../../lab/plan";
import { onHost } from "../../lab/ssh";
import { locked } from "../../lab/state";
import { isHealthy, type LabStatus, status } from "../../lab/status";
import { up } from "../../lab/up";
import { signal } from "../../system/processes";
import { silent } from "../../system/progress";

const CHECKOUT = join(__dirname, "..", "..");
const labUp = (): Promise<void> => locked(() => up(CHECKOUT, silent));
const mail1 = hostNamed("mail1");
const net1 = hostNamed("net1");

const output = (...argv: string[]): string => execFileSync(argv[0] ?? "", argv.slice(1), { encoding: "utf8" });
const lines = (text: string, pattern: RegExp): string[] => text.split("\n").filter((line) => pattern.test(line));

/** Everything on this machine that bears the lab's name, by the machine's own tools. */
function traces(): Record<string, string[]> {
  // A zombie has ended; only its parent has not yet asked how.
  const processes = output("ps", "-e", "-ww", "-o", "stat=,cgroup=,args=");
  return {
    processes: lines(processes, /^[^Z].*(\/pflab\/|--machine=pflab-)/),
    mounts: lines(readFileSync("/proc/mounts", "utf8"), /postfleet-lab|pflab/),
    namespaces: lines(output("ip", "netns", "list"), /^pflab-/),
    links: lines(output("ip", "-brief", "link"), /^(pflab|pf-(net1|mail1|back1|foreign1))/),
    rules: lines(output("nft", "list", "tables"), /pflab/),
    groups: lines(output("find", "/sys/fs/cgroup", "-maxdepth", "3", "-name", "pflab*"), /./),
  };
}

beforeAll(labUp, 600_000);
afterAll(labUp, 600_000);

test("a second `up` changes nothing: every host keeps its processes", async () => {
  const before = await onHost(mail1, "cat /proc/sys/kernel/random/boot_id; stat -c %Y /proc/1");
  const since = Date.now();
  await labUp();
  expect(await onHost(mail1, "cat /proc/sys/kernel/random/boot_id; stat -c %Y /proc/1")).toBe(before);
  expect(Date.now() - since).toBeLessThan(15_000);
  expect(isHealthy(await status())).toBe(true);
}, 60_000);

test("`status --json` tells other programs what they need, and its SSH key opens the hosts", async () => {
  const text = output(join(CHECKOUT, "bin", "postfleet"), "lab", "status", "--json");
  const lab = JSON.parse(text) as LabStatus;
  expect(lab.hosts.map(({ name, ipv4, ipv6 }) => `${name} ${ipv4} ${ipv6}`)).toContain("mail1 10.66.0.11 fd66::11");
  expect(lab.probeAccounts.map(({ address }) => address)).toContain("zoe@foreign.example");
  for (const { ipv4, ipv6 } of lab.hosts) {
    for (const address of [ipv4, ipv6]) {
      const pinned = ["-o", "StrictHostKeyChecking=yes", "-o", `UserKnownHostsFile=${lab.knownHostsFile}`];
      expect(output("ssh", "-F", "none", "-i", lab.sshKeyFile, ...pinned, `root@${address}`, "id -u").trim()).toBe("0");
    }
  }
}, 60_000);

test("kill -9 of a host's supervisor is mended, and its disk is kept", async () => {
  await onHost(mail1, "echo kept > /root/scenario");
  const [supervisor] = machineProcesses(mail1);
  if (!supervisor) throw new Error("mail1 has no supervisor");
  signal(supervisor, "SIGKILL");
  while (isRunning(mail1)) await new Promise((resolve) => setTimeout(resolve, 20));
  await labUp();
  expect((await onHost(mail1, "cat /root/scenario; rm /root/scenario")).trim()).toBe("kept");
}, 120_000);

test("killed or stopped services of the lab answer again", async () => {
  await onHost(net1, "kill -9 $(pidof knotd unbound); systemctl stop pebble");
  expect(isHealthy(await status())).toBe(false);
  await labUp();
  expect(isHealthy(await status())).toBe(true);
}, 120_000);

test("a removed bridge, a removed namespace, removed rules and a lost link are mended", async () => {
  output("ip", "link", "delete", "pflab0");
  output("ip", "netns", "delete", "pflab-mail1");
  output("nft", "delete", "table", "inet", "pflab");
  output("ip", "link", "delete", "pf-back1");
  await labUp();
  expect(isHealthy(await status())).toBe(true);
  // The way out is there again, by name and by NAT.
  await onHost(mail1, "apt-get update -q", { timeout: 60 });
}, 180_000);

test("`down` leaves no process, mount, namespace, link, rule or control group", async () => {
  const present = traces();
  for (const kind of Object.keys(present)) expect([kind, present[kind]?.length]).not.toEqual([kind, 0]);
  await locked(() => tearDown({ purge: false }));
  expect(traces()).toEqual({ processes: [], mounts: [], namespaces: [], links: [], rules: [], groups: [] });
  expect(HOSTS.some(isRunning)).toBe(false);
}, 120_000);
