/** What `components/` tells a ring of keys, and what it hears: the inputs and outputs of `dkim:Key` and `tls:Key`. */
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

/** Inputs of a ring. All times in seconds. */
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
