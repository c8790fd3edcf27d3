/** The Pulumi faces of storage at OVH. Nothing here ever deletes data: taken out of the program, it is only forgotten. */
import * as pulumi from "@pulumi/pulumi";
import type {
  NasPermission,
  NasShareInputs,
  NasShareOutputs,
  ObjectStorageInputs,
  ObjectStorageOutputs,
} from "../../provider/ovh/storage/contract";
import type { InputsOf } from "../resources/inputs";

/** A client of a NAS share. */
export interface NasAccess {
  /**
   * Address or network of the client.
   * @example "192.0.2.1"
   */
  ip: pulumi.Input<string>;
  /** @default "readwrite" */
  type?: NasPermission;
}

/** Arguments of {@link NasShare}. */
export interface NasShareArgs extends InputsOf<Omit<NasShareInputs, "protocol" | "access">> {
  /**
   * Cannot be changed later.
   * @default "NFS"
   */
  protocol?: pulumi.Input<NasShareInputs["protocol"]>;
  /**
   * Who may mount it. Entries that others made at OVH are left alone.
   * @default [] nobody
   */
  access?: pulumi.Input<NasAccess[]>;
}

/** A partition of a NAS-HA, who may mount it, and its snapshots. It is never deleted. */
export class NasShare extends pulumi.CustomResource {
  /**
   * What NFS clients mount; absent for CIFS alone.
   * @example "10.201.0.5:/zpool-123456/mail"
   */
  declare public readonly mountPath: pulumi.Output<NasShareOutputs["mountPath"]>;

  constructor(name: string, args: NasShareArgs, opts?: pulumi.CustomResourceOptions) {
    const access = pulumi
      .output(args.access ?? [])
      .apply((list) => Object.fromEntries(list.map(({ ip, type = "readwrite" }) => [ip, type])));
    const { protocol = "NFS", snapshots = [] } = args;
    super("postfleet:ovh:NasShare", name, { ...args, protocol, snapshots, access, mountPath: undefined }, opts);
  }
}

/** Arguments of {@link ObjectStorage}. */
export type ObjectStorageArgs = InputsOf<ObjectStorageInputs>;

/** An S3 container, and a user who may use this one only. Neither is ever deleted. */
export class ObjectStorage extends pulumi.CustomResource {
  /**
   * URL of the S3 service, without the container.
   * @example "https://s3.gra.io.cloud.ovh.net"
   */
  declare public readonly endpoint: pulumi.Output<ObjectStorageOutputs["endpoint"]>;
  /** Access key of the user. */
  declare public readonly accessKey: pulumi.Output<ObjectStorageOutputs["accessKey"]>;
  /** Secret key of the user. Secret. */
  declare public readonly secretKey: pulumi.Output<ObjectStorageOutputs["secretKey"]>;
  /** Id of the user in the project. */
  declare public readonly userId: pulumi.Output<Required<ObjectStorageOutputs>["userId"]>;

  constructor(name: string, args: ObjectStorageArgs, opts?: pulumi.CustomResourceOptions) {
    const versioning = args.versioning ?? true;
    const outputs = { endpoint: undefined, accessKey: undefined, secretKey: undefined, userId: undefined };
    super("postfleet:ovh:ObjectStorage", name, { ...args, versioning, ...outputs }, opts);
  }
}
