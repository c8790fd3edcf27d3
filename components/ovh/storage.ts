/** The Pulumi faces of storage at OVH. Nothing here ever deletes data: taken out of the program, it is only forgotten. */
import * as pulumi from "@pulumi/pulumi";

/** A client of a NAS share. */
export interface NasAccess {
  /**
   * Address or network of the client.
   * @example "192.0.2.1"
   */
  ip: pulumi.Input<string>;
  /** @default "readwrite" */
  type?: "readonly" | "readwrite";
}

/** When OVH takes a snapshot by itself: each kind is kept for that time. */
export type NasSnapshot = "hour-1" | "hour-6" | "day-1" | "day-2" | "day-3" | "day-7";

/** Arguments of {@link NasShare}. */
export interface NasShareArgs {
  /**
   * Name of the NAS-HA at OVH.
   * @example "zpool-123456"
   */
  nas: pulumi.Input<string>;
  /**
   * Name of the partition. One that exists is taken over with its data.
   * @example "mail"
   */
  partition: pulumi.Input<string>;
  /**
   * Cannot be changed later.
   * @default "NFS"
   */
  protocol?: pulumi.Input<"NFS" | "CIFS" | "NFS_CIFS">;
  /**
   * GiB. It may be raised and lowered while the partition is in use.
   * @example 500
   */
  size: pulumi.Input<number>;
  /** @default what it is */
  description?: pulumi.Input<string>;
  /**
   * Who may mount it. Entries that others made at OVH are left alone.
   * @default [] nobody
   */
  access?: pulumi.Input<NasAccess[]>;
  /**
   * Snapshots that OVH takes by itself. Others that are there are left alone.
   * @default [] none
   */
  snapshots?: pulumi.Input<NasSnapshot[]>;
}

/** A partition of a NAS-HA, who may mount it, and its snapshots. It is never deleted. */
export class NasShare extends pulumi.CustomResource {
  /**
   * What NFS clients mount; absent for CIFS alone.
   * @example "10.201.0.5:/zpool-123456/mail"
   */
  declare public readonly mountPath: pulumi.Output<string | undefined>;

  constructor(name: string, args: NasShareArgs, opts?: pulumi.CustomResourceOptions) {
    const access = pulumi
      .output(args.access ?? [])
      .apply((list) => Object.fromEntries(list.map(({ ip, type = "readwrite" }) => [ip, type])));
    const { protocol = "NFS", snapshots = [] } = args;
    super("postfleet:ovh:NasShare", name, { ...args, protocol, snapshots, access, mountPath: undefined }, opts);
  }
}

/** New objects can neither be deleted nor changed before their time. It cannot be turned off or changed later. */
export interface ObjectLock {
  /** "governance": whoever has a right for it may delete earlier. "compliance": nobody may, OVH included. */
  mode: "governance" | "compliance";
  /**
   * ISO 8601.
   * @example "P30D"
   */
  period: string;
}

/** Arguments of {@link ObjectStorage}. */
export interface ObjectStorageArgs {
  /** Id of the Public Cloud project, 32 hexadecimal digits. */
  project: pulumi.Input<string>;
  /**
   * Region of the project.
   * @example "GRA"
   */
  region: pulumi.Input<string>;
  /**
   * Name of the container: 3 to 63 lower-case letters, digits and hyphens, unlike that of any other customer's. One that
   * exists in the project is taken over with its data.
   */
  container: pulumi.Input<string>;
  /**
   * Keep the old versions of objects, so that nobody with the credentials below can destroy anything.
   * @default true
   */
  versioning?: pulumi.Input<boolean>;
  /** @default none */
  objectLock?: pulumi.Input<ObjectLock>;
  /**
   * Description of the user at OVH, by which it is found again.
   * @default "postfleet <container>"
   */
  userDescription?: pulumi.Input<string>;
}

/** An S3 container, and a user who may use this one only. Neither is ever deleted. */
export class ObjectStorage extends pulumi.CustomResource {
  /**
   * URL of the S3 service, without the container.
   * @example "https://s3.gra.io.cloud.ovh.net"
   */
  declare public readonly endpoint: pulumi.Output<string>;
  /** Access key of the user. */
  declare public readonly accessKey: pulumi.Output<string>;
  /** Secret key of the user. Secret. */
  declare public readonly secretKey: pulumi.Output<string>;
  /** Id of the user in the project. */
  declare public readonly userId: pulumi.Output<string>;

  constructor(name: string, args: ObjectStorageArgs, opts?: pulumi.CustomResourceOptions) {
    const versioning = args.versioning ?? true;
    const outputs = { endpoint: undefined, accessKey: undefined, secretKey: undefined, userId: undefined };
    super("postfleet:ovh:ObjectStorage", name, { ...args, versioning, ...outputs }, opts);
  }
}
