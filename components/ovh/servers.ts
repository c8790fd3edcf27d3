/** The Pulumi faces of servers at OVH: what is installed on them, their backup storage, their private network. */
import * as pulumi from "@pulumi/pulumi";
import type { SshHostKeyInputs, SshHostKeyOutputs } from "../../provider/keys/contract";
import type { InputsOf } from "../resources/inputs";

/** Arguments of {@link SshHostKey}. */
export type SshHostKeyArgs = InputsOf<SshHostKeyInputs>;

/** An Ed25519 SSH host key, made once and kept in the state. `pulumi up --replace` with its URN makes another one. */
export class SshHostKey extends pulumi.CustomResource {
  /** The private half as OpenSSH writes it. Secret. */
  declare public readonly privateKeyPem: pulumi.Output<SshHostKeyOutputs["privateKeyPem"]>;
  /** The public line, "ssh-ed25519 AAAA…". */
  declare public readonly publicKey: pulumi.Output<SshHostKeyOutputs["publicKey"]>;

  constructor(name: string, args: SshHostKeyArgs = {}, opts?: pulumi.CustomResourceOptions) {
    super("postfleet:ssh:HostKey", name, { ...args, privateKeyPem: undefined, publicKey: undefined }, opts);
  }
}

/** A partition of a dedicated server. */
export interface PartitionArgs {
  /** Mount point; "swap" for swap. */
  mount: string;
  /** MiB; 0 for the rest, which one of them may take. */
  size: number;
  /** "ext4", "xfs", "btrfs", "zfs", "ext3" or "swap". */
  fs: string;
  /** Level of software RAID: 0, 1, 5, 6, 7 or 10. Default: what OVH does for the image and the disks. */
  raid?: number;
}

/** Arguments of {@link ServerInstall}. */
export interface ServerInstallArgs {
  /** Name of the server at OVH, as "ns3012345.ip-192-0-2.eu". */
  service: pulumi.Input<string>;
  /** Image, as "debian13_64". A preview refuses one that the server cannot have, and lists the nearest. */
  image: pulumi.Input<string>;
  /** Host name. Needed with `reinstall`. */
  hostname?: pulumi.Input<string>;
  /** Public key that may log in, as a line of authorized_keys. Needed with `reinstall`. */
  sshKey?: pulumi.Input<string>;
  /** Private host key for the server, `privateKeyPem` of {@link SshHostKey}. Needed with `reinstall`. Secret. */
  hostKey?: pulumi.Input<string>;
  /** Default: OVH's layout for the image. */
  partitions?: pulumi.Input<PartitionArgs[]>;
  /**
   * Consent to ERASE ALL DISKS and install: today's date as "2026-11-22", or a time as "2026-11-22T14:30", UTC. It holds
   * for one installation; a later one installs again. Without it the server is taken over as it is, and changes of the
   * other arguments are told as warnings.
   */
  reinstall?: pulumi.Input<string>;
}

/** The operating system of a machine. Protected, never replaced; its removal changes nothing at OVH. */
abstract class Installed extends pulumi.CustomResource {
  /** Main IPv4 address. */
  declare public readonly address: pulumi.Output<string>;
  /** Image that it runs. */
  declare public readonly os: pulumi.Output<string>;
  /** Public lines of its host keys; empty where none was given or believed, as on a machine that was taken over. */
  declare public readonly hostKeys: pulumi.Output<string[]>;
  /** When the last installation by this resource began, ISO 8601. */
  declare public readonly installedAt: pulumi.Output<string | undefined>;
  /** OVH's task of that installation. */
  declare public readonly taskId: pulumi.Output<number | undefined>;

  constructor(type: string, name: string, args: object, opts?: pulumi.CustomResourceOptions) {
    const known = { address: undefined, os: undefined, hostKeys: undefined };
    const outputs = { ...known, installedAt: undefined, taskId: undefined };
    super(type, name, { ...args, ...outputs }, { protect: true, ...opts });
  }
}

/** The operating system of a dedicated server. */
export class ServerInstall extends Installed {
  constructor(name: string, args: ServerInstallArgs, opts?: pulumi.CustomResourceOptions) {
    const hostKey = args.hostKey === undefined ? undefined : pulumi.secret(args.hostKey);
    super("postfleet:ovh:ServerInstall", name, { ...args, hostKey }, opts);
  }
}

/** Arguments of {@link VpsRebuild}. */
export interface VpsRebuildArgs {
  /** Name of the VPS at OVH, as "vps-0a1b2c3d.vps.ovh.net". */
  service: pulumi.Input<string>;
  /** Image by its name at OVH, as "Debian 13". */
  image: pulumi.Input<string>;
  /** Public key that may log in. Needed with `rebuild`. */
  sshKey?: pulumi.Input<string>;
  /** Consent to ERASE IT and install it anew: see `reinstall` of {@link ServerInstallArgs}. */
  rebuild?: pulumi.Input<string>;
  /**
   * Believe the host key that the VPS shows first, and pin it. OVH has no way to give a VPS a host key. Needed with
   * `rebuild`. Default: false.
   */
  trustFirstContact?: pulumi.Input<boolean>;
}

/** The operating system of a VPS. */
export class VpsRebuild extends Installed {
  constructor(name: string, args: VpsRebuildArgs, opts?: pulumi.CustomResourceOptions) {
    super("postfleet:ovh:VpsRebuild", name, args, opts);
  }
}

/** Arguments of {@link Monitoring}. */
export interface MonitoringArgs {
  /** Name of the dedicated server. */
  service: pulumi.Input<string>;
  /** Whether OVH watches the server by ping. */
  enabled: pulumi.Input<boolean>;
  /** Keep OVH's technicians from intervening when it does not answer. Default: as it is. */
  noIntervention?: pulumi.Input<boolean>;
}

/** OVH's monitoring of a dedicated server. Its removal leaves the setting as it is. */
export class Monitoring extends pulumi.CustomResource {
  constructor(name: string, args: MonitoringArgs, opts?: pulumi.CustomResourceOptions) {
    super("postfleet:ovh:Monitoring", name, { ...args }, opts);
  }
}

/** Who may use a backup storage; at least one protocol must be true. */
export interface BackupAccessArgs {
  /** Block of addresses at OVH, as "192.0.2.1/32". */
  ipBlock: pulumi.Input<string>;
  /** Default: false, as of the others. */
  ftp?: pulumi.Input<boolean>;
  nfs?: pulumi.Input<boolean>;
  cifs?: pulumi.Input<boolean>;
}

/** Arguments of {@link BackupStorage}. */
export interface BackupStorageArgs {
  /** Name of the dedicated server that the storage comes with. */
  service: pulumi.Input<string>;
  /** All who may use it by this resource; entries of others are left alone. */
  access: pulumi.Input<pulumi.Input<BackupAccessArgs>[]>;
}

/** The included backup storage. It is activated where it is not; its removal withdraws the access and keeps the data. */
export class BackupStorage extends pulumi.CustomResource {
  /** Name of the host to connect to; NFS: HOST:/export/ftpbackup/SERVICE. */
  declare public readonly host: pulumi.Output<string>;
  /** Size, as "500 GB". */
  declare public readonly quota: pulumi.Output<string>;
  /** "included", or the name of what was ordered. */
  declare public readonly type: pulumi.Output<string>;

  constructor(name: string, args: BackupStorageArgs, opts?: pulumi.CustomResourceOptions) {
    super("postfleet:ovh:BackupStorage", name, { ...args, host: undefined, quota: undefined, type: undefined }, opts);
  }
}

/** Arguments of {@link Vrack}. */
export interface VrackArgs {
  /** Name of the vRack, as "pn-12345". */
  vrack: pulumi.Input<string>;
  /** Dedicated servers of the older kind, whose whole second interface is in the vRack. */
  servers?: pulumi.Input<pulumi.Input<string>[]>;
  /** UUIDs of network interfaces, for all newer servers (GET /dedicated/server/S/virtualNetworkInterface). */
  interfaces?: pulumi.Input<pulumi.Input<string>[]>;
}

/** Members of a private network; those that are not named are left alone. Its removal takes the named ones out. */
export class Vrack extends pulumi.CustomResource {
  constructor(name: string, args: VrackArgs, opts?: pulumi.CustomResourceOptions) {
    super("postfleet:ovh:Vrack", name, { ...args }, opts);
  }
}
