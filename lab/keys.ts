/** Keys of the lab: made once, kept until `lab down --purge`. Hosts keep their SSH host keys over `lab reset`. */
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { run } from "../system/run";
import { ALL_HOSTS, HOSTS, ipv4, ipv6, type LabHost, OVH_HOST, OVH_SERVERS } from "./plan";
import { statePath } from "./state";

async function sshKey(path: string, comment: string): Promise<void> {
  if (existsSync(path)) return;
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  await run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", path]);
}

/** Private key of the operator, who logs in to every host as root. */
export const operatorKey = (): string => statePath("keys", "operator");
/** Private host key of a host. */
export const hostKey = (host: LabHost): string => statePath("keys", `host-${host.name}`);
/** Public part of a key file, without its comment. */
export const publicKey = (path: string): string =>
  readFileSync(`${path}.pub`, "utf8").trim().split(" ").slice(0, 2).join(" ");

export async function ensureSshKeys(): Promise<void> {
  await sshKey(operatorKey(), "operator@lab");
  for (const host of ALL_HOSTS) await sshKey(hostKey(host), host.name);
}

/** Lines of a known_hosts file: every host by its name, its fully qualified name and both addresses. */
export function knownHosts(
  keyOf: (host: LabHost) => string = (host) => publicKey(hostKey(host)),
  hosts: readonly LabHost[] = HOSTS,
): string {
  return hosts
    .map((host) => {
      const names = [host.name, host.hostname, ipv4(host.number), ipv6(host.number)];
      return `${names.join(",")} ${keyOf(host)}\n`;
    })
    .join("");
}

/** The same for every host there is. The keys of OVH's servers are those that they have now: the lab does not give them. */
export function allKnownHosts(): string {
  const installed = OVH_SERVERS.filter((host) => existsSync(`${serverKey(host)}.pub`));
  const servers = knownHosts((host) => publicKey(serverKey(host)), installed);
  return knownHosts(undefined, [...HOSTS, OVH_HOST]) + servers;
}

const serverKey = (host: LabHost): string =>
  statePath("hosts", host.name, "root", "etc", "ssh", "ssh_host_ed25519_key");
