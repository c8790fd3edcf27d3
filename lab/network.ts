/** The lab's network on the outer machine: one bridge, a network namespace and a veth pair a host, NAT for the package mirror. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { UserError } from "../system/errors";
import { attempt, run } from "../system/run";
import { rootAddresses } from "./net1/addresses";
import {
  ALL_HOSTS,
  AUTHORITY,
  BRIDGE,
  BRIDGE_MAC,
  GATEWAY,
  ipv4,
  ipv6,
  type LabHost,
  machineName,
  NFT_TABLE,
  OVH_NAMESERVERS,
  SUBNET4,
  vethName,
} from "./plan";
import { type LabMarker, writeMarker } from "./state";

interface Link {
  ifname: string;
  operstate?: string;
  flags: string[];
  master?: string;
  addr_info?: { local: string; prefixlen: number }[];
}

const inNamespace = (host: LabHost, ...argv: string[]): string[] => ["ip", "netns", "exec", machineName(host), ...argv];

/** Links with their addresses; none when the namespace is gone. */
async function links(namespace?: string): Promise<Link[]> {
  const result = await attempt(["ip", ...(namespace ? ["-n", namespace] : []), "-json", "address", "show"]);
  return result.status === 0 && result.stdout.trim() ? (JSON.parse(result.stdout) as Link[]) : [];
}

const isUp = (link: Link | undefined): boolean => link?.flags.includes("UP") ?? false;
const addressesOf = (link: Link | undefined): string[] =>
  (link?.addr_info ?? []).map((a) => `${a.local}/${a.prefixlen}`);

/** Refuses when somebody else uses the lab's addresses. */
export async function checkNetworkIsFree(): Promise<void> {
  const routes = JSON.parse((await run(["ip", "-json", "-4", "route", "show", "root", SUBNET4])) || "[]") as {
    dst: string;
    dev: string;
  }[];
  const taken = routes.find((route) => route.dev !== BRIDGE && route.dst !== "default");
  if (taken) {
    throw new UserError(
      `the lab's network ${SUBNET4} is already used on this machine: ${taken.dst} on ${taken.dev}`,
      "take that network down while the lab runs, or run the lab in a virtual machine",
    );
  }
}

/** The lab's nftables table: masquerade for what leaves the lab, and TCP segments that fit the way out. */
export const natRules = (): string => `table inet ${NFT_TABLE}
delete table inet ${NFT_TABLE}
table inet ${NFT_TABLE} {
  chain forward {
    type filter hook forward priority filter; policy accept;
    iifname "${BRIDGE}" oifname != "${BRIDGE}" tcp flags syn tcp option maxseg size set rt mtu
  }
  chain postrouting {
    type nat hook postrouting priority srcnat; policy accept;
    ip saddr ${SUBNET4} oifname != "${BRIDGE}" masquerade
  }
}
`;

const sysctlFile = (name: string): string => `/proc/sys/${name.replaceAll(".", "/")}`;

/** Sets a kernel setting of the outer machine and remembers the value from before the lab. */
function setSysctl(marker: LabMarker, name: string, value: string): void {
  const now = readFileSync(sysctlFile(name), "utf8").trim();
  if (now === value) return;
  marker.sysctl[name] ??= now;
  writeMarker(marker);
  writeFileSync(sysctlFile(name), value);
}

/** Addresses of a host's eth0. */
export function hostAddresses(host: LabHost): string[] {
  const numbers = host.roles.includes("dns-root")
    ? [host.number, AUTHORITY]
    : host.roles.includes("ovh")
      ? Object.values(OVH_NAMESERVERS)
      : [host.number];
  const roots = host.roles.includes("dns-root") ? rootAddresses() : { ipv4: [], ipv6: [] };
  return [
    ...numbers.flatMap((number) => [`${ipv4(number)}/24`, `${ipv6(number)}/64`]),
    ...roots.ipv4.map((address) => `${address}/32`),
    ...roots.ipv6.map((address) => `${address}/128`),
  ];
}

/** MAC address of a host, always the same: neighbours find a host that was made anew where they knew it. */
const linkAddress = (host: LabHost): string => `02:66:0a:42:01:${host.number.toString(16).padStart(2, "0")}`;

/** Brings the bridge and the NAT up. Returns what it had to mend. */
export async function ensureBridge(marker: LabMarker): Promise<string[]> {
  const mended: string[] = [];
  const wanted = [`${ipv4(GATEWAY)}/24`, `${ipv6(GATEWAY)}/64`];
  let bridge = (await links()).find((link) => link.ifname === BRIDGE);
  if (!bridge) {
    await checkNetworkIsFree();
    // An address of its own: a bridge without one takes that of a port, and changes it under the hosts' feet.
    const parameters = ["address", BRIDGE_MAC, "type", "bridge", "stp_state", "0", "forward_delay", "0"];
    await run(["ip", "link", "add", BRIDGE, ...parameters]);
    mended.push(`bridge ${BRIDGE}`);
  }
  if (!isUp(bridge)) await run(["ip", "link", "set", BRIDGE, "up"]);
  bridge = (await links()).find((link) => link.ifname === BRIDGE);
  const present = addressesOf(bridge);
  for (const address of wanted.filter((a) => !present.includes(a))) {
    await run(["ip", "address", "add", address, "dev", BRIDGE, ...(address.includes(":") ? ["nodad"] : [])]);
  }
  const table = await attempt(["nft", "list", "table", "inet", NFT_TABLE]);
  if (table.status !== 0 || !table.stdout.includes("masquerade") || !table.stdout.includes("rt mtu")) {
    await run(["nft", "-f", "-"], { input: natRules() });
    mended.push("NAT");
  }
  setSysctl(marker, "net.ipv4.ip_forward", "1");
  return mended;
}

/** Whether the name of a namespace in /run/netns leads to a living namespace. */
async function namespaceWorks(host: LabHost): Promise<boolean> {
  return existsSync(`/run/netns/${machineName(host)}`) && (await links(machineName(host))).length > 0;
}

/**
 * Brings a host's namespace, veth pair, addresses and routes up. `created` says that the namespace is new, so a machine
 * that still runs in the old one must be booted again.
 */
export async function ensureHostNetwork(host: LabHost): Promise<{ created: boolean; mended: string[] }> {
  const namespace = machineName(host);
  const veth = vethName(host);
  const mended: string[] = [];
  const created = !(await namespaceWorks(host));
  if (created) {
    await attempt(["ip", "netns", "delete", namespace]);
    await run(["ip", "netns", "add", namespace]);
  }
  let outer = (await links()).find((link) => link.ifname === veth);
  let inner = (await links(namespace)).find((link) => link.ifname === "eth0");
  if (!outer || !inner) {
    if (outer) await run(["ip", "link", "delete", veth]);
    if (inner) await run(["ip", "-n", namespace, "link", "delete", "eth0"]);
    const peer = ["peer", "name", "eth0", "address", linkAddress(host), "netns", namespace];
    await run(["ip", "link", "add", veth, "type", "veth", ...peer]);
    mended.push(`link of ${host.name}`);
    outer = (await links()).find((link) => link.ifname === veth);
    inner = (await links(namespace)).find((link) => link.ifname === "eth0");
  }
  if (outer?.master !== BRIDGE) await run(["ip", "link", "set", veth, "master", BRIDGE]);
  if (!isUp(outer)) await run(["ip", "link", "set", veth, "up"]);
  if (!isUp(inner)) {
    await run(["ip", "-n", namespace, "link", "set", "lo", "up"]);
    await run(["ip", "-n", namespace, "link", "set", "eth0", "up"]);
    if (mended.length === 0) mended.push(`link of ${host.name}`);
  }
  const present = addressesOf(inner);
  for (const address of hostAddresses(host).filter((a) => !present.includes(a))) {
    await run(["ip", "-n", namespace, "address", "add", address, "dev", "eth0", ...addressFlags(host, address)]);
  }
  // A namespace begins with what the machine has, which routes for the lab; a host does not.
  await run(inNamespace(host, "sysctl", "-q", "-w", "net.ipv4.ip_forward=0"));
  await ensureRoutes(host);
  return { created, mended };
}

/** No detection of duplicates, it would delay the first use; only a host's own address is a source of what it sends. */
function addressFlags(host: LabHost, address: string): string[] {
  if (!address.includes(":")) return [];
  return ["nodad", ...(address === `${ipv6(host.number)}/64` ? [] : ["preferred_lft", "0"])];
}

/** Default route; and the addresses of the Internet's root servers lead to the lab's own DNS root. */
async function ensureRoutes(host: LabHost): Promise<void> {
  const batch4 = [`route replace default via ${ipv4(GATEWAY)} dev eth0`];
  const batch6 = [`route replace default via ${ipv6(GATEWAY)} dev eth0`];
  if (!host.roles.includes("dns-root")) {
    const roots = rootAddresses();
    batch4.push(...roots.ipv4.map((address) => `route replace ${address}/32 via ${ipv4(AUTHORITY)} dev eth0`));
    batch6.push(...roots.ipv6.map((address) => `route replace ${address}/128 via ${ipv6(AUTHORITY)} dev eth0`));
  }
  await run(inNamespace(host, "ip", "-4", "-batch", "-"), { input: `${batch4.join("\n")}\n` });
  await run(inNamespace(host, "ip", "-6", "-batch", "-"), { input: `${batch6.join("\n")}\n` });
}

/** Removes the link and the namespace of a host. */
export async function removeHostNetwork(host: LabHost): Promise<void> {
  if (existsSync(`/sys/class/net/${vethName(host)}`)) await run(["ip", "link", "delete", vethName(host)]);
  if (existsSync(`/run/netns/${machineName(host)}`)) await run(["ip", "netns", "delete", machineName(host)]);
}

/** Removes the links, namespaces, the bridge and the table, and puts kernel settings back. */
export async function removeNetwork(marker: LabMarker | undefined): Promise<void> {
  const present = await links();
  for (const host of ALL_HOSTS) await removeHostNetwork(host);
  if (present.some((link) => link.ifname === BRIDGE)) await run(["ip", "link", "delete", BRIDGE]);
  if ((await attempt(["nft", "list", "table", "inet", NFT_TABLE])).status === 0) {
    await run(["nft", "delete", "table", "inet", NFT_TABLE]);
  }
  for (const [name, value] of Object.entries(marker?.sysctl ?? {})) writeFileSync(sysctlFile(name), value);
  if (marker) writeMarker({ ...marker, sysctl: {} });
}
