/** What a site has at OVH: its servers, addresses and storage. Credentials never stand here. */

/** A host at OVH. */
export interface OvhHostSpec {
  /** What kind of machine it is: a dedicated server, or a virtual private server. */
  product: "server" | "vps";
  /** Its name in OVH's API, e.g. `ns1001.ip-192-0-2.eu` or `vps-1a2b3c4d.vps.ovh.net`. */
  service: string;
  /** Postfleet installs Debian on it. Absent: it is there already, and its host keys are in the file. */
  install?: OvhInstallSpec;
  /** OVH's network firewall in front of its IPv4 addresses, with the ports of the host's roles. Default false. */
  firewall: boolean;
  /** OVH's own monitoring (ping) of a dedicated server. Absent: left as it is. */
  monitoring?: boolean;
  /** Set the reverse names of the host's addresses to its hostname. Default true. */
  reverse: boolean;
  /** Additional IP addresses that are routed to this host. Default none. */
  additionalIps: OvhAdditionalIpSpec[];
  /** UUID of a dedicated server's interface that is in the vRack. Absent: the server as a whole, as older ones are. */
  vrackInterface?: string;
  /** The backup storage included with a dedicated server. */
  backupStorage?: OvhBackupStorageSpec;
}

/** How a host is installed. */
export interface OvhInstallSpec {
  /** Template of a dedicated server, or name of a VPS image. Default `debian13_64` or `Debian 13`. */
  image: string;
  /**
   * Consent to erase all disks and install: a day, YYYY-MM-DD, or a time, YYYY-MM-DDTHH:MM, UTC. Each holds for one
   * installation. Absent: the host is taken over as it is.
   */
  reinstall?: string;
  /** Partitions of a dedicated server, in the order of the disk. Empty: those of the template. */
  partitions: OvhPartitionSpec[];
  /** The host key of a freshly installed VPS, which nobody can choose, is believed once and pinned then. Default false. */
  trustFirstContact: boolean;
}

/** One partition. */
export interface OvhPartitionSpec {
  /** Mount point, or `swap`. */
  mount: string;
  /** Mebibytes; 0: the rest of the disk. */
  size: number;
  fs: "ext4" | "xfs" | "btrfs" | "zfs" | "swap";
  /** RAID level over all disks. Absent: OVH's choice. */
  raid?: 0 | 1 | 5 | 6 | 7 | 10;
}

/** An additional IP address, and its name in both directions. */
export interface OvhAdditionalIpSpec {
  /** IPv4, or IPv6 in its shortest form. */
  address: string;
  /** Its name: A or AAAA in the site's zone, and its reverse name. */
  name: string;
}

/** Who may use the backup storage of a dedicated server, and how. */
export interface OvhBackupStorageSpec {
  /** Default ftp. */
  protocols: ("ftp" | "nfs" | "cifs")[];
  /** Hosts of the site. Default: the server itself. */
  access: string[];
}

/** OVH as the site uses it. */
export interface OvhSpec {
  /** `ovh-eu`, `ovh-ca`, `ovh-us`, or the URL of an API, without a slash at the end. Default `ovh-eu`. */
  endpoint: string;
  /** PEM file of the CA of a private API, relative to the site file. */
  caFile?: string;
  /** Private network that the site's dedicated servers belong to, e.g. `pn-123`. */
  vrack?: string;
  /** NAS-HA services. Default none. */
  nas: OvhNasSpec[];
  /** Public Cloud project with object storage. */
  project?: OvhProjectSpec;
}

/** A NAS-HA service. */
export interface OvhNasSpec {
  /** Its name in OVH's API, e.g. `zpool-123456`. */
  service: string;
  partitions: OvhNasPartitionSpec[];
}

/** One partition of a NAS-HA. */
export interface OvhNasPartitionSpec {
  name: string;
  /** Gibibytes. */
  size: number;
  /** Default NFS. */
  protocol: "NFS" | "CIFS" | "NFS_CIFS";
  /** Hosts of the site that read and write it. */
  access: string[];
  /** Snapshots that OVH makes by itself. Default day-1. */
  snapshots: OvhSnapshot[];
}

/** OVH's names of snapshot schedules. */
export const OVH_SNAPSHOTS = ["hour-1", "hour-6", "day-1", "day-2", "day-3", "day-7"] as const;
export type OvhSnapshot = (typeof OVH_SNAPSHOTS)[number];

/** A Public Cloud project. */
export interface OvhProjectSpec {
  /** 32 hexadecimal digits. */
  id: string;
  /** Region of the buckets, e.g. `GRA`. */
  region: string;
  buckets: OvhBucketSpec[];
}

/** A container of S3 object storage. */
export interface OvhBucketSpec {
  name: string;
  /** Keep old versions of objects. Default true. */
  versioning: boolean;
  /** New objects cannot be deleted or changed for `period` days; cannot be turned off again. */
  objectLock?: {
    /** `governance`: with a special right one may; `compliance`: nobody may. */
    mode: "governance" | "compliance";
    /** Days. */
    period: number;
  };
}
