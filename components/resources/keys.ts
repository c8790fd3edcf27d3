/** The Pulumi faces of the provider's other resources, and of the provider itself. */
import * as pulumi from "@pulumi/pulumi";
import type { PowerDnsConfig } from "../../provider/dns/zone";
import type {
  AcmeAccountInputs,
  AcmeAccountOutputs,
  Holder,
  RingInputs,
  RingOutputs,
  SeenInputs,
  WireguardKeyOutputs,
} from "../../provider/keys/contract";
import type { HostConnection } from "../../provider/manifest";
import type { OvhConfig } from "../../provider/ovh/settings";
import type { InputsOf } from "./inputs";

/** Arguments of {@link PostfleetProvider}. */
export interface PostfleetProviderArgs {
  /** The operator's private SSH key (PEM or OpenSSH). Default: `POSTFLEET_SSH_KEY_FILE`, else the SSH agent. */
  sshPrivateKey?: pulumi.Input<string>;
  /** The site's hosts by name, so that `pulumi import` finds them by `<host>/<role>`. */
  hosts?: Record<string, HostConnection>;
  /** OVH's API and who asks it. Secret. Default: the environment variables of OVH's clients (docs/ovh.md). */
  ovh?: pulumi.Input<OvhConfig>;
  /** Key of PowerDNS' HTTP API, and the address that it is for. Secret. Default: `PDNS_API_KEY` with `PDNS_API_URL`. */
  powerdns?: pulumi.Input<PowerDnsConfig>;
}

/** The provider `postfleet` with the operator's key. */
export class PostfleetProvider extends pulumi.ProviderResource {
  constructor(name: string, args: PostfleetProviderArgs, opts?: pulumi.ResourceOptions) {
    const sshPrivateKey = args.sshPrivateKey === undefined ? undefined : pulumi.secret(args.sshPrivateKey);
    const secretJson = (value: pulumi.Input<object> | undefined) =>
      value === undefined ? undefined : pulumi.secret(pulumi.output(value).apply(JSON.stringify));
    const [ovh, powerdns] = [secretJson(args.ovh), secretJson(args.powerdns)];
    super("postfleet", name, { sshPrivateKey, hosts: JSON.stringify(args.hosts ?? {}), ovh, powerdns }, opts);
  }
}

/** Arguments of a ring: its inputs, where a holder may be a host still to be installed. */
export type RingArgs = Omit<RingInputs, "holders"> & { holders?: pulumi.Input<Holder>[] };

/** A ring of keys of which one is at work: made once, kept in the state, rotated one step an update (provider/keys/ring.ts). */
abstract class KeyRing extends pulumi.CustomResource {
  /** All keys that have to be published. */
  declare public readonly keys: pulumi.Output<RingOutputs["keys"]>;
  /** Selector of the key at work. A preview knows it too. */
  declare public readonly active: pulumi.Output<RingOutputs["active"]>;
  /** Selectors of the keys that hosts hold: the one at work, and those before it. A preview knows them too. */
  declare public readonly held: pulumi.Output<RingOutputs["held"]>;
  /** The key at work, PEM. Secret. */
  declare public readonly privateKeyPem: pulumi.Output<RingOutputs["privateKeyPem"]>;
  /** Selector -> PEM. Secret. */
  declare public readonly privateKeys: pulumi.Output<RingOutputs["privateKeys"]>;

  constructor(type: string, name: string, args: RingArgs, opts?: pulumi.CustomResourceOptions) {
    const keys = { keys: undefined, active: undefined, held: undefined };
    super(type, name, { ...args, ...keys, privateKeyPem: undefined, privateKeys: undefined }, opts);
  }
}

/** Keys that sign mail. `keys[].publicKey` is the value of the tag `p=` of the record, RFC 6376 section 3.6.1. */
export class DkimKey extends KeyRing {
  constructor(
    name: string,
    args: RingArgs & { algorithm: "rsa" | "ed25519"; prefix: string },
    opts?: pulumi.CustomResourceOptions,
  ) {
    super("postfleet:dkim:Key", name, args, opts);
  }
}

/**
 * Keys for certificates or zones: ECDSA P-256, or Ed25519 where only we verify. `keys[].publicKey` is the SHA-256 of the
 * public key, hexadecimal: the data of TLSA 3 1 1, RFC 7671.
 */
export class TlsKey extends KeyRing {
  constructor(name: string, args: RingArgs & { algorithm: "p256" | "ed25519" }, opts?: pulumi.CustomResourceOptions) {
    super("postfleet:tls:Key", name, args, opts);
  }
}

/** Arguments of {@link DnsSeen}. */
export type DnsSeenArgs = InputsOf<SeenInputs>;

/** A gate: it is there when DNS says what it must. What depends on it comes after that. */
export class DnsSeen extends pulumi.CustomResource {
  constructor(name: string, args: DnsSeenArgs, opts?: pulumi.CustomResourceOptions) {
    super("postfleet:dns:Seen", name, { ...args }, opts);
  }
}

/** Arguments of {@link AcmeAccount}. */
export type AcmeAccountArgs = InputsOf<AcmeAccountInputs>;

/** An account at a certificate authority. */
export class AcmeAccount extends pulumi.CustomResource {
  declare public readonly accountKeyPem: pulumi.Output<AcmeAccountOutputs["accountKeyPem"]>;
  /** URI of the account, for CAA (RFC 8657). */
  declare public readonly accountUri: pulumi.Output<AcmeAccountOutputs["accountUri"]>;

  constructor(name: string, args: AcmeAccountArgs, opts?: pulumi.CustomResourceOptions) {
    super("postfleet:acme:Account", name, { ...args, accountKeyPem: undefined, accountUri: undefined }, opts);
  }
}

/** A host's key of the site link. */
export class WireguardKey extends pulumi.CustomResource {
  /** Secret. */
  declare public readonly privateKey: pulumi.Output<WireguardKeyOutputs["privateKey"]>;
  declare public readonly publicKey: pulumi.Output<WireguardKeyOutputs["publicKey"]>;

  constructor(name: string, opts?: pulumi.CustomResourceOptions) {
    super("postfleet:wireguard:Key", name, { privateKey: undefined, publicKey: undefined }, opts);
  }
}
