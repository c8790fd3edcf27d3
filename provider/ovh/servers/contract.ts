/** What servers at OVH are declared with, and what programs hear of them. */
import type { ValueMap } from "../../values";

/** A partition of a dedicated server. */
export interface Partition {
  /** Mount point; "swap" for swap. */
  mount: string;
  /** MiB; 0 for the rest, which one of them may take. */
  size: number;
  /** "ext4", "xfs", "btrfs", "zfs", "ext3" or "swap". */
  fs: string;
  /** Level of software RAID: 0, 1, 5, 6, 7 or 10. Default: what OVH does for the image and the disks. */
  raid?: number;
}

/** Inputs of `ovh:ServerInstall`. */
export interface ServerInstallInputs {
  /** Name of the server at OVH, as "ns3012345.ip-192-0-2.eu". */
  service: string;
  /** Image, as "debian13_64". A preview refuses one that the server cannot have, and lists the nearest. */
  image: string;
  /** Host name. Needed with `reinstall`. */
  hostname?: string;
  /** Public key that may log in, as a line of authorized_keys. Needed with `reinstall`. */
  sshKey?: string;
  /** Private host key for the server, `privateKeyPem` of `ssh:HostKey`. Needed with `reinstall`. Secret. */
  hostKey?: string;
  /** Default: OVH's layout for the image. */
  partitions?: Partition[];
  /**
   * Consent to ERASE ALL DISKS and install: today's date as "2026-11-22", or a time as "2026-11-22T14:30", UTC. It holds
   * for one installation; a later one installs again. Without it the server is taken over as it is, and changes of the
   * other arguments are told as warnings.
   */
  reinstall?: string;
}

/** Inputs of `ovh:VpsRebuild`. */
export interface VpsRebuildInputs {
  /** Name of the VPS at OVH, as "vps-0a1b2c3d.vps.ovh.net". */
  service: string;
  /** Image by its name at OVH, as "Debian 13". */
  image: string;
  /** Public key that may log in. Needed with `rebuild`. */
  sshKey?: string;
  /** Consent to ERASE IT and install it anew: see `reinstall` of {@link ServerInstallInputs}. */
  rebuild?: string;
  /**
   * Believe the host key that the VPS shows first, and pin it. OVH has no way to give a VPS a host key. Needed with
   * `rebuild`. Default: false.
   */
  trustFirstContact?: boolean;
}

/** Inputs of a machine of either kind. */
export type MachineInputs = ServerInstallInputs & VpsRebuildInputs;

/** Outputs of `ovh:ServerInstall` and `ovh:VpsRebuild`. */
export type MachineOutputs = MachineInputs & Installed;

/** Outputs of `ovh:ServerInstall` and `ovh:VpsRebuild` that are not inputs. */
export interface Installed {
  /** Main IPv4 address. */
  address: string;
  /** Image that it runs. */
  os: string | null;
  /** Public lines of its host keys; empty where none was given or believed, as on a machine that was taken over. */
  hostKeys: string[];
  /** The inputs that came true at the last installation, secrets by their public half. */
  installed: ValueMap;
  /** The token that led to the last installation by this resource. */
  carriedOut?: string;
  /** When the last installation by this resource began, ISO 8601. */
  installedAt?: string;
  /** OVH's task of that installation. */
  taskId?: number;
}

/** Inputs of `ovh:Monitoring`. Its outputs are the same. */
export interface MonitoringInputs {
  /** Name of the dedicated server. */
  service: string;
  /** Whether OVH watches the server by ping. */
  enabled: boolean;
  /** Keep OVH's technicians from intervening when it does not answer. Default: as it is. */
  noIntervention?: boolean;
}

/** Who may use a backup storage; at least one protocol must be true. */
export interface BackupAccess {
  /** Block of addresses at OVH, as "192.0.2.1/32". */
  ipBlock: string;
  /** Default: false, as of the others. */
  ftp?: boolean;
  nfs?: boolean;
  cifs?: boolean;
}

/** Inputs of `ovh:BackupStorage`. */
export interface BackupStorageInputs {
  /** Name of the dedicated server that the storage comes with. */
  service: string;
  /** All who may use it by this resource; entries of others are left alone. */
  access: BackupAccess[];
}

/** Outputs of `ovh:BackupStorage`. */
export interface BackupStorageOutputs extends BackupStorageInputs {
  /** Name of the host to connect to; NFS: HOST:/export/ftpbackup/SERVICE. */
  host: string;
  /** Size, as "500 GB"; null where OVH does not say. */
  quota: string | null;
  /** "included", or the name of what was ordered. */
  type: string;
}

/** Inputs of `ovh:Vrack`. Its outputs are the same. */
export interface VrackInputs {
  /** Name of the vRack, as "pn-12345". */
  vrack: string;
  /** Dedicated servers of the older kind, whose whole second interface is in the vRack. */
  servers?: string[];
  /** UUIDs of network interfaces, for all newer servers (GET /dedicated/server/S/virtualNetworkInterface). */
  interfaces?: string[];
}
