/** What every host of the lab has of its own before it boots for the first time: names, keys, resolver, trust. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { hostKey, operatorKey, publicKey } from "./keys";
import { ipv4, ipv6, type LabHost, RESOLVER } from "./plan";

/** A file put into a host's file system before it boots; owner root unless the host's setup changes it. */
export interface LabFile {
  content: string;
  /** Permissions. Default 0644. */
  mode?: number;
}

export type LabFiles = Record<string, LabFile>;

/** /etc/hosts: the package mirror stands here, because the lab's DNS does not know the real Internet. */
export function hostsFile(host: LabHost, mirror: { name: string; address: string }): string {
  return [
    "127.0.0.1 localhost",
    "::1 localhost ip6-localhost ip6-loopback",
    `${ipv4(host.number)} ${host.hostname} ${host.name}`,
    `${ipv6(host.number)} ${host.hostname} ${host.name}`,
    `${mirror.address} ${mirror.name}`,
    "",
  ].join("\n");
}

/** The files that all hosts have; `trust` are CA certificates, `dns` what the lab's root is believed by. */
export function identityFiles(host: LabHost, parts: { trust: LabFiles; dns: LabFiles; apt: string }): LabFiles {
  return {
    "/etc/default/locale": { content: "LANG=C.UTF-8\n" },
    "/etc/hostname": { content: `${host.name}\n` },
    // The same at every boot, so that the journal of a host stays in one place.
    "/etc/machine-id": {
      content: `${createHash("sha256")
        .update(publicKey(hostKey(host)))
        .digest("hex")
        .slice(0, 32)}\n`,
    },
    "/etc/resolv.conf": {
      content: `nameserver ${RESOLVER.ipv4}\nnameserver ${RESOLVER.ipv6}\noptions edns0 trust-ad\n`,
    },
    "/root/.ssh/authorized_keys": { content: `${publicKey(operatorKey())} operator@lab\n`, mode: 0o600 },
    "/etc/ssh/ssh_host_ed25519_key": { content: readFileSync(hostKey(host), "utf8"), mode: 0o600 },
    "/etc/ssh/ssh_host_ed25519_key.pub": { content: `${publicKey(hostKey(host))} ${host.name}\n` },
    // Also where there is nothing to say: the site file names it, see `undeclared` in stacks/lab.yaml.
    "/etc/apt/apt.conf.d/91lab-mirror": { content: parts.apt || "// The mirror is reached without settings.\n" },
    ...parts.trust,
    ...parts.dns,
  };
}
