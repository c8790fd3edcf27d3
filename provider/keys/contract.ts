/** What programs tell the resources of keys, and what they hear of them. */
import type { HostConnection } from "../manifest";

/**
 * - `next`: published, not at work yet.
 * - `active`: at work.
 * - `retired`: still published, for what was signed with it, and for a host that a failed run left with it.
 * - `revoked`: published as void (DKIM: an empty `p=`, RFC 6376 section 3.6.1).
 */
export type Phase = "next" | "active" | "retired" | "revoked";

/** One key, without its private half. */
export interface RingKey {
  /** Name of the key, never used twice: "r2". */
  selector: string;
  /** DKIM: the value of `p=`. TLS: SHA-256 of SubjectPublicKeyInfo in hex. */
  publicKey: string;
  phase: Phase;
  /** When it came into this phase, ISO 8601. */
  since: string;
  /** Since when every authoritative server shows it, at every look; only for the next key. */
  seenSince?: string;
}

/** Where a key is published. */
export interface PublishedAt {
  /** DKIM: the domain. TLS: the full name of a TLSA record set. */
  name: string;
  /** The zone it lies in, where that is the site's. */
  zone?: string;
}

/** A host that holds a key, and by which file one sees which. */
export interface Holder {
  host: HostConnection;
  /** The role that writes the file. */
  role: string;
  path: string;
  /**
   * How the file names a key at work, with `{selector}` for the key.
   * @default undefined: the file is a certificate, and its public key tells
   */
  line?: string;
  /** While this path exists, the change of keys has not reached every service. */
  pending?: string;
}

/** Inputs of a ring, `dkim:Key` or `tls:Key`. All times in seconds. */
export interface RingInputs {
  algorithm: string;
  /** What selectors begin with. Default "k". */
  prefix?: string;
  /** Where the keys are published; without any, nobody is asked. */
  published?: PublishedAt[];
  /** Age at which a key gets a successor. Absent: never. */
  rotate?: number;
  /** Default 14 days: longer than any queue holds mail. */
  retention?: number;
  /** How long a next key must have been seen. Default 0. */
  settle?: number;
  /** Addresses of the authoritative servers. Default: those the zones are delegated to. */
  servers?: string[];
  /** Hosts with a key at work, and the files that show which. */
  holders?: Holder[];
  /** Nobody but the operator publishes the records: what to publish is said. */
  byHand?: boolean;
}

/** What a look at the world said, beside `seenSince`. */
export interface Observed {
  /** Why the next key is not seen everywhere: a line for each name and server. */
  unseen: string[];
  /** Servers that could not be asked, with the reason. */
  silent: string[];
  /** Selector -> hosts that still work with the key; only for retired keys. */
  inUse: Record<string, string[]>;
  /** Hosts that could not be looked at, with the reason. */
  unread: string[];
}

/** Outputs of a ring. */
export interface RingOutputs extends RingInputs {
  /** All keys that have to be published. */
  keys: RingKey[];
  /** Selector of the key at work. A preview knows it too. */
  active: string;
  /**
   * Selectors of the keys that hosts hold: the one at work, and those before it until nothing works with them. A preview knows
   * them too.
   */
  held: string[];
  /** The key at work, PEM. Secret. */
  privateKeyPem: string;
  /** Selector -> PEM, for all keys that are or may come to work. Secret. */
  privateKeys: Record<string, string>;
  /** What the last read saw, where a step depends on it. */
  observed?: Observed;
}

/** Which record set: its name and type, and the zone it lies in. */
export interface RecordSetRef {
  /** Full name without the final dot. */
  name: string;
  type: string;
  /** The zone it lies in, where that is known. Else it is looked for from the name upwards. */
  zone?: string;
}

/** Inputs of the gate `dns:Seen`. Its outputs are the same. */
export interface SeenInputs {
  /** Record sets that every authoritative server must answer, with exactly these values (as in a zone file). */
  records: (RecordSetRef & { values: string[] })[];
  /** Addresses of the authoritative servers. Default: those to which the zones are delegated. */
  servers?: string[];
  /** Seconds to wait. Default 300. */
  timeout?: number;
}

/** Inputs of `acme:Account`. */
export interface AcmeAccountInputs {
  /** Directory URL of the certificate authority, RFC 8555 section 7.1.1. */
  directory: string;
  /** Contact address. */
  email: string;
  /** Certificate (PEM) of the CA behind the directory itself, for a private or test CA. Default: the system's CAs. */
  caPem?: string;
}

/** Outputs of `acme:Account`. */
export interface AcmeAccountOutputs extends AcmeAccountInputs {
  /** Key of the account, PEM. Secret. */
  accountKeyPem: string;
  /** URI of the account, for CAA (RFC 8657). */
  accountUri: string;
}

/** Inputs of `ssh:HostKey`. */
export interface SshHostKeyInputs {
  /** A note inside the private key, such as the host's name. Default: none. */
  comment?: string;
}

/** Outputs of `ssh:HostKey`. */
export interface SshHostKeyOutputs extends SshHostKeyInputs {
  /** The private half as OpenSSH writes it. Secret. */
  privateKeyPem: string;
  /** The public line, "ssh-ed25519 AAAA…". */
  publicKey: string;
}

/** Inputs of `wireguard:Key`: none. */
export type WireguardKeyInputs = Record<never, never>;

/** Outputs of `wireguard:Key`, in base64. */
export interface WireguardKeyOutputs extends WireguardKeyInputs {
  /** Secret. */
  privateKey: string;
  /** What its peers know it by. */
  publicKey: string;
}
