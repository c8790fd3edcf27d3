/**
 * The plan of a site: plain data between the site file and whatever acts on it. `Site` loops over it, the command line reads it,
 * a picture is drawn from it. It holds no secret, and nothing that is known only when keys exist.
 */
import type { Listener, PlatformRole, Signer, Update, Watch } from "../roles/define";
import type { DnsRecord, PlannedRecord } from "../roles/shared/records";
import type { RoleName } from "../site";

/** A host, and what the world sees of it. */
export interface PlannedHost {
  name: string;
  hostname: string;
  location: string;
  /** IPv4 and IPv6, the host's own. */
  addresses: string[];
  /** It is rented at OVH. */
  atOvh: boolean;
  /** Nothing contacts it any more. */
  lost: boolean;
  /** Name of its data, see {@link DataSet}. */
  dataSet: string;
  /** Names that its certificate carries, its own first; none where nothing serves TLS. */
  certificateNames: string[];
}

/** Where an instance finds what it uses. */
export interface PlannedUse {
  /** What it is to the instance: "relay", "sasl". */
  use: string;
  choice: string;
  /** In the order in which they are tried; none where no host offers it. */
  targets: { instance: string; address: string; port: number }[];
}

/** One role on one host. */
export interface Instance {
  /** `<role>-<host>`; it never changes while the role stays there. */
  id: string;
  role: PlatformRole;
  host: string;
  lost: boolean;
  /** How far from the beginning of an update: nothing of a wave waits for another of the same one. */
  wave: number;
  packages: string[];
  listens: Listener[];
  uses: PlannedUse[];
  watch: readonly Watch[];
  update: Update;
}

/** Who waits for whom. */
export interface Edge {
  /** Id of what comes first: an instance, or `zone <name>`. */
  from: string;
  /** Id of the instance that waits until that is applied and healthy. */
  to: string;
  why: string;
}

/** A public name and the hosts that answer under it. */
export interface PublicName {
  name: string;
  role: RoleName;
  hosts: string[];
}

/** A PTR record: the name of an address. It is set at whoever owns the address, not in the site's zones. */
export interface ReverseName {
  /** IPv4, or IPv6 in its shortest form. */
  address: string;
  /** The name that it shall have; its A or AAAA record leads back to the address. */
  name: string;
  /** The host of the site that has the address. */
  host: string;
  why: string;
  rfc: string;
  level: DnsRecord["level"];
}

/** Keys of which one is at work: made once, published, rotated. */
export interface Ring {
  /** Name of the resource: "dkim-example.org-rsa", "tls-mail1". */
  id: string;
  kind: "dkim" | "tls";
  algorithm: "rsa" | "ed25519" | "p256";
  /** What selectors begin with. */
  prefix: string;
  /** Where the keys are published; without any, nobody is asked. */
  published: { name: string; zone?: string }[];
  /** Age at which a key gets a successor, in seconds. Absent: never. */
  rotate?: number;
  /** How long a next key must have been seen, and a retired one stays, in seconds. */
  settle?: number;
  retention: number;
  /** Names of the hosts that hold the keys. */
  holders: string[];
}

/** What a host keeps that outlives it, under a name that does so too: that of the first host that had it. */
export interface DataSet {
  name: string;
  /** The host that has it now. */
  host: string;
  parts: { role: PlatformRole; path: string; what: string; backup: boolean; loss: string }[];
  /** Hosts that its backups go to. */
  targets: string[];
}

/** A zone of the site. */
export interface PlannedZone {
  name: string;
  /** Who serves it: our own name servers, a PowerDNS of somebody else, OVH, or the operator by hand. */
  servedBy: "nameserver" | "powerdns" | "ovh" | "none";
}

/** The whole site. */
export interface Plan {
  site: string;
  hosts: PlannedHost[];
  /** In the order in which they come up. */
  instances: Instance[];
  edges: Edge[];
  zones: PlannedZone[];
  /** Sorted by zone, then name from the apex down, then type. */
  records: PlannedRecord[];
  reverse: ReverseName[];
  names: PublicName[];
  rings: Ring[];
  /** The rings among them that sign, with their domains. */
  signers: readonly Signer[];
  dataSets: DataSet[];
}
