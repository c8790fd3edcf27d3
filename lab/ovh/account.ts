/** The contents of the account that a fake begins with. */
import { randomUUID } from "node:crypto";
import { canonicalBlock } from "./addresses";
import { VPS_IMAGES } from "./images";
import type { State } from "./state";
import type { NewRecord } from "./zone-types";
import { newZone } from "./zones";

export interface Account {
  /** Zone -> its records beside SOA and NS. */
  zones?: Record<string, NewRecord[]>;
  /** Name servers of the zones. Default: dns.ovh.example, ns.ovh.example. */
  nameServers?: string[];
  /** Additional IP block -> name of the server it leads to, if any. */
  additionalIps?: Record<string, string | undefined>;
  /** Server -> what it is. Its own address becomes a block of its own. */
  servers?: Record<string, { ip: string; ipv6?: string; backupStorage?: boolean }>;
  vps?: Record<string, { ip: string }>;
  vracks?: string[];
  /** NAS-HA -> size in GB. */
  nashas?: Record<string, { ip: string; zpoolSize: number }>;
  /** Cloud project -> its regions. */
  projects?: Record<string, string[]>;
}

export const NAME_SERVERS = ["dns.ovh.example", "ns.ovh.example"];

/** The state of a new account. */
export function newState(account: Account): State {
  const state: State = {
    nextId: 5_000_000_001,
    ...{ consumers: [], zones: {}, ips: {}, servers: {}, vps: {}, vracks: {}, nashas: {}, projects: {}, tasks: [] },
  };
  for (const [name, records] of Object.entries(account.zones ?? {})) {
    state.zones[name] = newZone(name, account.nameServers ?? NAME_SERVERS, records, () => state.nextId++);
  }
  const addBlock = (given: string, type: "additional" | "dedicated" | "vps", routedTo?: string): void => {
    const block = canonicalBlock(given);
    if (!block) throw new Error(`"${given}" is no IP block`);
    const empty = { country: "fr", reverse: {}, firewalls: {}, spam: [] };
    state.ips[block] = { block, type, ...(routedTo ? { routedTo } : {}), ...empty };
  };
  for (const [name, { ip, ipv6, backupStorage }] of Object.entries(account.servers ?? {})) {
    state.servers[name] = {
      ...{ name, ip, os: "none", bootId: 1, monitoring: true, noIntervention: false, settings: {} },
      interface: randomUUID(),
      ...(backupStorage ? { backupStorage: { type: "included", accesses: [] } } : {}),
    };
    for (const address of [ip, ipv6]) if (address) addBlock(address, "dedicated", name);
  }
  for (const [block, server] of Object.entries(account.additionalIps ?? {})) addBlock(block, "additional", server);
  const image = Object.keys(VPS_IMAGES)[1] ?? "";
  for (const [name, { ip }] of Object.entries(account.vps ?? {})) {
    state.vps[name] = { name, ips: [ip], displayName: name, image, state: "running", reverse: {} };
    addBlock(ip, "vps", name);
  }
  for (const name of account.vracks ?? []) state.vracks[name] = { name, description: "", members: {} };
  for (const [name, { ip, zpoolSize }] of Object.entries(account.nashas ?? {})) {
    state.nashas[name] = { name, ip, zpoolSize, customName: "", monitored: true, partitions: [] };
  }
  for (const [id, regions] of Object.entries(account.projects ?? {})) {
    state.projects[id] = { id, regions, containers: [], users: [] };
  }
  return state;
}
