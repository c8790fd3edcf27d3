/** What storage at OVH is declared with, and what programs hear of it. */

/** What a client of a NAS share may do. */
export type NasPermission = "readonly" | "readwrite";

/** When OVH takes a snapshot by itself: each kind is kept for that time. */
export type NasSnapshot = "hour-1" | "hour-6" | "day-1" | "day-2" | "day-3" | "day-7";

/** Inputs of `ovh:NasShare`. */
export interface NasShareInputs {
  /**
   * Name of the NAS-HA at OVH.
   * @example "zpool-123456"
   */
  nas: string;
  /**
   * Name of the partition. One that exists is taken over with its data.
   * @example "mail"
   */
  partition: string;
  /** Cannot be changed later. */
  protocol: "NFS" | "CIFS" | "NFS_CIFS";
  /**
   * GiB. It may be raised and lowered while the partition is in use.
   * @example 500
   */
  size: number;
  /** @default what it is */
  description?: string;
  /** Address or network of a client -> what it may do. Entries that others made at OVH are left alone. */
  access?: Record<string, NasPermission>;
  /**
   * Snapshots that OVH takes by itself. Others that are there are left alone.
   * @default [] none
   */
  snapshots?: NasSnapshot[];
}

/** Outputs of `ovh:NasShare`. */
export interface NasShareOutputs extends NasShareInputs {
  /**
   * What NFS clients mount; absent for CIFS alone.
   * @example "10.201.0.5:/zpool-123456/mail"
   */
  mountPath?: string;
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

/** Inputs of `ovh:ObjectStorage`. */
export interface ObjectStorageInputs {
  /** Id of the Public Cloud project, 32 hexadecimal digits. */
  project: string;
  /**
   * Region of the project.
   * @example "GRA"
   */
  region: string;
  /**
   * Name of the container: 3 to 63 lower-case letters, digits and hyphens, unlike that of any other customer's. One that
   * exists in the project is taken over with its data.
   */
  container: string;
  /**
   * Keep the old versions of objects, so that nobody with the credentials can destroy anything.
   * @default true
   */
  versioning?: boolean;
  /** @default none */
  objectLock?: ObjectLock;
  /**
   * Description of the user at OVH, by which it is found again.
   * @default "postfleet <container>"
   */
  userDescription?: string;
}

/** Outputs of `ovh:ObjectStorage`. */
export interface ObjectStorageOutputs extends ObjectStorageInputs {
  /**
   * URL of the S3 service, without the container.
   * @example "https://s3.gra.io.cloud.ovh.net"
   */
  endpoint: string;
  /** Access key of the user. */
  accessKey: string;
  /** Secret key of the user. Secret. */
  secretKey: string;
  /** Id of the user in the project. Absent in a preview before there is one. */
  userId?: string;
  /** What was changed by hand about the user; absent where all is right. */
  missing?: string;
}
