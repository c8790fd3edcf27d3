/** Everything that the fake API knows, as plain data: it is written to a file, and read again after a restart. */
import type { Consumer } from "./auth";
import type { CloudProject } from "./cloud-types";
import type { StorageAccess } from "./world";
import type { Soa, ZoneRecord } from "./zone-types";

export interface ZoneContent {
  records: ZoneRecord[];
  soa: Soa;
}

export interface ZoneState extends ZoneContent {
  name: string;
  /** What the name servers serve; the records above are invisible until a refresh. */
  published: ZoneContent;
  /** What a refresh that is under way will publish. */
  pending?: ZoneContent;
  dnssec: "enabled" | "enableInProgress" | "disabled" | "disableInProgress";
  lastUpdate: string;
}

export interface IpState {
  block: string;
  type: "additional" | "dedicated" | "vps";
  /** Name of the service that the block leads to. */
  routedTo?: string;
  description?: string;
  country: string;
  /** Canonical address -> name. */
  reverse: Record<string, string>;
  firewalls: Record<string, { enabled: boolean; state: string; rules: FirewallRule[] }>;
  spam: { ipSpamming: string; date: string; state: "blockedForSpam" | "unblocking" | "unblocked"; time: number }[];
}

export interface BackupStorageState {
  type: string;
  accesses: (StorageAccess & { isApplied: boolean })[];
}

export interface ServerState {
  name: string;
  ip: string;
  os: string;
  bootId: number;
  monitoring: boolean;
  noIntervention: boolean;
  /** Writable fields that only are remembered: rescueMail, rootDevice, ... */
  settings: Record<string, unknown>;
  /** Name of the vRack interface, a UUID. */
  interface: string;
  backupStorage?: BackupStorageState;
}

export interface VpsState {
  name: string;
  ips: string[];
  displayName: string;
  image: string;
  state: string;
  reverse: Record<string, string>;
}

export interface VrackState {
  name: string;
  description: string;
  /** Kind of member ("dedicatedServer", "dedicatedServerInterface", "ip") -> its names. */
  members: Record<string, string[]>;
}

export interface NasPartition {
  partitionName: string;
  protocol: string;
  size: number;
  partitionDescription: string;
  accesses: { accessId: number; ip: string; type: string; aclDescription: string }[];
  snapshots: string[];
  customSnapshots: { name: string; expiration?: string }[];
}

export interface NasState {
  name: string;
  ip: string;
  zpoolSize: number;
  customName: string;
  monitored: boolean;
  partitions: NasPartition[];
}

export interface State {
  nextId: number;
  consumers: Consumer[];
  zones: Record<string, ZoneState>;
  ips: Record<string, IpState>;
  servers: Record<string, ServerState>;
  vps: Record<string, VpsState>;
  vracks: Record<string, VrackState>;
  nashas: Record<string, NasState>;
  projects: Record<string, CloudProject>;
  tasks: Task[];
}

export interface FirewallRule {
  sequence: number;
  action: string;
  protocol: string;
  source: string;
  destination: string;
  sourcePort?: string;
  destinationPort?: string;
  tcpOption?: string;
  fragments: boolean;
  state: "creationPending" | "ok" | "removalPending";
  creationDate: string;
  rule: string;
}

export type Family = "zone" | "ip" | "server" | "nasha" | "vrack" | "vps";

export interface Task {
  id: number;
  family: Family;
  /** The service it works on. */
  owner: string;
  function: string;
  status: string;
  comment: string;
  started: string;
  updated: string;
  done?: string;
  /** What is done: the name of a defined act, and its arguments. */
  act?: { name: string; args: Record<string, unknown> };
}
