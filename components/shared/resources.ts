/** The Pulumi faces of the provider's other resources, and of the provider itself. */
import * as pulumi from "@pulumi/pulumi";
import type { HostConnection } from "../../provider/manifest";
import type { OvhConfig } from "../../provider/ovh/settings";

/** Arguments of {@link PostfleetProvider}. */
export interface PostfleetProviderArgs {
  /** The operator's private SSH key (PEM or OpenSSH). Default: `POSTFLEET_SSH_KEY_FILE`, else the SSH agent. */
  sshPrivateKey?: pulumi.Input<string>;
  /** The site's hosts by name, so that `pulumi import` finds them by `<host>/<role>`. */
  hosts?: Record<string, HostConnection>;
  /** OVH's API and who asks it. Secret. Default: the environment variables of OVH's clients (docs/ovh.md). */
  ovh?: pulumi.Input<OvhConfig>;
}

/** The provider `postfleet` with the operator's key. */
export class PostfleetProvider extends pulumi.ProviderResource {
  constructor(name: string, args: PostfleetProviderArgs, opts?: pulumi.ResourceOptions) {
    const sshPrivateKey = args.sshPrivateKey === undefined ? undefined : pulumi.secret(args.sshPrivateKey);
    const ovh = args.ovh === undefined ? undefined : pulumi.secret(pulumi.output(args.ovh).apply(JSON.stringify));
    super("postfleet", name, { sshPrivateKey, hosts: JSON.stringify(args.hosts ?? {}), ovh }, opts);
  }
}

/** A DKIM key pair, made once and kept in the state. */
export class DkimKey extends pulumi.CustomResource {
  declare public readonly privateKeyPem: pulumi.Output<string>;
  /** Value of the tag `p=` of the DKIM record, RFC 6376 section 3.6.1. */
  declare public readonly publicKey: pulumi.Output<string>;

  constructor(name: string, args: { algorithm: "rsa" | "ed25519" }, opts?: pulumi.CustomResourceOptions) {
    super("postfleet:dkim:Key", name, { ...args, privateKeyPem: undefined, publicKey: undefined }, opts);
  }
}

/** A key for certificates or zones, made once and kept in the state: ECDSA P-256, or Ed25519 where only we verify. */
export class TlsKey extends pulumi.CustomResource {
  declare public readonly privateKeyPem: pulumi.Output<string>;
  /** SHA-256 of the public key, hexadecimal: the data of TLSA 3 1 1, RFC 7671. */
  declare public readonly spkiSha256: pulumi.Output<string>;

  constructor(name: string, args: { algorithm: "p256" | "ed25519" }, opts?: pulumi.CustomResourceOptions) {
    super("postfleet:tls:Key", name, { ...args, privateKeyPem: undefined, spkiSha256: undefined }, opts);
  }
}

/** Arguments of {@link AcmeAccount}. */
export interface AcmeAccountArgs {
  /** Directory URL of the certificate authority, RFC 8555 section 7.1.1. */
  directory: string;
  /** Contact address. */
  email: string;
  /** Certificate (PEM) of the CA behind the directory itself, for a private or test CA. Default: the system's CAs. */
  caPem?: string;
}

/** An account at a certificate authority. */
export class AcmeAccount extends pulumi.CustomResource {
  declare public readonly accountKeyPem: pulumi.Output<string>;
  /** URI of the account, for CAA (RFC 8657). */
  declare public readonly accountUri: pulumi.Output<string>;

  constructor(name: string, args: AcmeAccountArgs, opts?: pulumi.CustomResourceOptions) {
    super("postfleet:acme:Account", name, { ...args, accountKeyPem: undefined, accountUri: undefined }, opts);
  }
}
