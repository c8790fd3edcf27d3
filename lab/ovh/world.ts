/**
 * What the fake API does to the world: each call here is something that really happens when OVH says so. The lab has a
 * world of real hosts; unit tests have one in memory.
 */

/** A zone as the name servers shall serve it. */
export interface Publication {
  /** Name of the zone without the final dot. */
  zone: string;
  serial: number;
  /** The whole zone, RFC 1035 section 5, with its SOA record. */
  text: string;
  /** Whether the name servers sign it, and publish CDS for the registry, RFC 8078. */
  signed: boolean;
}

/** What a reinstallation puts on a server. */
export interface Installation {
  /** Name of the image, e.g. "debian13_64". */
  image: string;
  hostname?: string;
  /** Public SSH key in the form of authorized_keys. */
  sshKey?: string;
  /** The script in plain text; it runs on the first boot, before anybody can log in. */
  postInstallationScript?: string;
}

/** Who may use a backup storage, and how. */
export interface StorageAccess {
  /** CIDR. */
  ipBlock: string;
  ftp: boolean;
  nfs: boolean;
  cifs: boolean;
}

export interface World {
  publish(publication: Publication): Promise<void>;
  /** Whether a name leads to an address in public DNS: OVH asks before it accepts a reverse name. */
  resolves(name: string, address: string): Promise<boolean>;
  /** Publishes the reverse name of an address; without a name there is none any more. */
  reverse(address: string, name: string | undefined): Promise<void>;
  /** Erases a server or VPS, and installs it. */
  reinstall(server: string, installation: Installation): Promise<void>;
  reboot(server: string, boot: "harddisk" | "rescue"): Promise<void>;
  /** Routes an additional IP block to another server; undefined: to none. */
  moveAddress(block: string, from: string | undefined, to: string | undefined): Promise<void>;
  /** Opens the backup storage of a server for exactly these. */
  openStorage(server: string, accesses: StorageAccess[]): Promise<void>;
  /** Destroys the backup storage of a server with all it holds. */
  destroyStorage(server: string): Promise<void>;
}
