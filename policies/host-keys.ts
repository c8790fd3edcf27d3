/** Host keys are pinned: without that, whoever sits on the network gets the files and the passwords. */
import type { HostConnection } from "../provider/manifest";
import { type Role, roleName } from "./finding";

/** `ssh-ed25519 AAAA…` and its kin (RFC 4253 §6.6, RFC 8709, RFC 5656). */
const HOST_KEY = /^(?:ssh-[a-z0-9-]+|ecdsa-sha2-nistp\d+|sk-[\w@.-]+) AAAA[A-Za-z0-9+/]+=*$/;

/** Every hop on the way to a role's host must have a key. */
export function unpinnedHosts(role: Role): string[] {
  const findings: string[] = [];
  for (let hop: Partial<HostConnection> | undefined = role.host; hop && !hop.lost; hop = hop.jump) {
    const keys = hop.hostKeys ?? [];
    const at = `${roleName(role)}: the host ${hop.name ?? hop.address ?? "without a name"}`;
    if (keys.length === 0)
      findings.push(`${at} has no pinned host key; add one to hostKeys or to the file of known hosts`);
    for (const key of keys.filter((each) => !HOST_KEY.test(each))) {
      findings.push(`${at} has a host key that is none: "${key.slice(0, 40)}"; wanted is "ssh-ed25519 AAAA…"`);
    }
  }
  return findings;
}

/** The connection of a `command:remote` resource. */
export interface RemoteConnection {
  host?: string;
  hostKey?: string;
  proxy?: RemoteConnection;
}

/** The same for one-shot commands, whose plugin accepts any key when none is given. */
export function unpinnedCommand(name: string, connection: RemoteConnection | undefined): string[] {
  const findings: string[] = [];
  for (let hop = connection; hop; hop = hop.proxy) {
    if (!hop.hostKey)
      findings.push(`${name}: connection to ${hop.host ?? "a host"} without hostKey accepts any server`);
  }
  return findings;
}
