/** The Pulumi faces of servers at OVH: what is installed on them, their backup storage, their private network. */
import * as pulumi from "@pulumi/pulumi";
import type { SshHostKeyInputs, SshHostKeyOutputs } from "../../provider/keys/contract";
import type {
  BackupAccess,
  BackupStorageInputs,
  BackupStorageOutputs,
  Installed,
  MonitoringInputs,
  ServerInstallInputs,
  VpsRebuildInputs,
  VrackInputs,
} from "../../provider/ovh/servers/contract";
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

/** Arguments of {@link ServerInstall}. */
export type ServerInstallArgs = InputsOf<ServerInstallInputs>;

/** The operating system of a machine. Protected, never replaced; its removal changes nothing at OVH. */
abstract class Machine extends pulumi.CustomResource {
  /** Main IPv4 address. */
  declare public readonly address: pulumi.Output<Installed["address"]>;
  /** Image that it runs. */
  declare public readonly os: pulumi.Output<NonNullable<Installed["os"]>>;
  /** Public lines of its host keys; empty where none was given or believed, as on a machine that was taken over. */
  declare public readonly hostKeys: pulumi.Output<Installed["hostKeys"]>;
  /** When the last installation by this resource began, ISO 8601. */
  declare public readonly installedAt: pulumi.Output<Installed["installedAt"]>;
  /** OVH's task of that installation. */
  declare public readonly taskId: pulumi.Output<Installed["taskId"]>;

  constructor(type: string, name: string, args: object, opts?: pulumi.CustomResourceOptions) {
    const known = { address: undefined, os: undefined, hostKeys: undefined };
    const outputs = { ...known, installedAt: undefined, taskId: undefined };
    super(type, name, { ...args, ...outputs }, { protect: true, ...opts });
  }
}

/** The operating system of a dedicated server. */
export class ServerInstall extends Machine {
  constructor(name: string, args: ServerInstallArgs, opts?: pulumi.CustomResourceOptions) {
    const hostKey = args.hostKey === undefined ? undefined : pulumi.secret(args.hostKey);
    super("postfleet:ovh:ServerInstall", name, { ...args, hostKey }, opts);
  }
}

/** Arguments of {@link VpsRebuild}. */
export type VpsRebuildArgs = InputsOf<VpsRebuildInputs>;

/** The operating system of a VPS. */
export class VpsRebuild extends Machine {
  constructor(name: string, args: VpsRebuildArgs, opts?: pulumi.CustomResourceOptions) {
    super("postfleet:ovh:VpsRebuild", name, args, opts);
  }
}

/** Arguments of {@link Monitoring}. */
export type MonitoringArgs = InputsOf<MonitoringInputs>;

/** OVH's monitoring of a dedicated server. Its removal leaves the setting as it is. */
export class Monitoring extends pulumi.CustomResource {
  constructor(name: string, args: MonitoringArgs, opts?: pulumi.CustomResourceOptions) {
    super("postfleet:ovh:Monitoring", name, { ...args }, opts);
  }
}

/** Arguments of {@link BackupStorage}. */
export interface BackupStorageArgs extends InputsOf<Omit<BackupStorageInputs, "access">> {
  /** All who may use it by this resource; entries of others are left alone. */
  access: pulumi.Input<pulumi.Input<InputsOf<BackupAccess>>[]>;
}

/** The included backup storage. It is activated where it is not; its removal withdraws the access and keeps the data. */
export class BackupStorage extends pulumi.CustomResource {
  /** Name of the host to connect to; NFS: HOST:/export/ftpbackup/SERVICE. */
  declare public readonly host: pulumi.Output<BackupStorageOutputs["host"]>;
  /** Size, as "500 GB". */
  declare public readonly quota: pulumi.Output<NonNullable<BackupStorageOutputs["quota"]>>;
  /** "included", or the name of what was ordered. */
  declare public readonly type: pulumi.Output<BackupStorageOutputs["type"]>;

  constructor(name: string, args: BackupStorageArgs, opts?: pulumi.CustomResourceOptions) {
    super("postfleet:ovh:BackupStorage", name, { ...args, host: undefined, quota: undefined, type: undefined }, opts);
  }
}

/** Arguments of {@link Vrack}. */
export interface VrackArgs extends InputsOf<Omit<VrackInputs, "servers" | "interfaces">> {
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
