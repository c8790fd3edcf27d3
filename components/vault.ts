/** Where the secrets and keys of a site live: resources that are made once and kept in the state. */
import { isDeepStrictEqual } from "node:util";
import type * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import type { Plan, Ring } from "../plan";
import type { Holder } from "../provider/keys/contract";
import { CERTIFICATES_PENDING } from "../roles/certificates";
import { DKIM_SIGNING, dkimKeyPath, dkimSelector } from "../roles/filter";
import type { SecretRef } from "../roles/secrets";
import { certificatePaths } from "../roles/shared/paths";
import { host as hostNamed, hostsWith, type SiteSpec, servesOwnZones } from "../site";
import type { Accounts } from "./accounts";
import { type Connections, connectionTo } from "./connections";
import { type AcmeAccount, DkimKey, TlsKey, WireguardKey } from "./resources/keys";

/** Secrets that are made when they are first asked for. */
type MadeRef = Extract<SecretRef, { kind: "password" | "key" }>;

/** Everything that is secret, by its {@link SecretRef}. */
export class Vault {
  /** By the id of the ring. */
  private readonly rings: ReadonlyMap<string, DkimKey | TlsKey>;
  /** By kind and id: as it was asked for, and whose it is where it belongs to one instance alone. */
  private readonly made = new Map<string, { ref: MadeRef; owner?: pulumi.Resource; secret: pulumi.Output<string> }>();

  /** By the name of the host. */
  private readonly linkKeys = new Map<string, WireguardKey>();

  constructor(
    private readonly site: SiteSpec,
    { rings, signers }: Plan,
    hosts: Connections,
    private readonly accounts: Accounts,
    readonly acmeAccount: AcmeAccount | undefined,
    private readonly smarthost: pulumi.Output<string> | undefined,
    private readonly options: pulumi.CustomResourceOptions,
  ) {
    const nameOf = new Map(signers.map(({ ring, name }) => [ring, name]));
    this.rings = new Map(
      // Certificates' keys first: they are wanted first.
      [...rings]
        .sort((a, b) => (a.kind === b.kind ? 0 : a.kind === "tls" ? -1 : 1))
        .map((ring) => [ring.id, this.newRing(ring, holdersOf(ring, site, hosts, nameOf.get(ring.id) ?? ""))]),
    );
  }

  /** A secret. `parent` is whose secret it is, where it belongs to one instance alone. */
  resolve(ref: SecretRef, parent?: pulumi.Resource): pulumi.Output<string> {
    switch (ref.kind) {
      case "password":
      case "key":
        return this.once(ref, ref.kind === "password" && ref.of === "instance" ? parent : undefined);
      case "ring":
        return this.ringKey(ref.id, ref.selector);
      case "link":
        return this.linkKey(ref.host).privateKey;
      case "acmeAccount":
        return this.acmeAccount?.accountKeyPem ?? missing("the ACME account");
      case "smarthost":
        return this.smarthost ?? missing("the login at the smarthost");
      case "accounts":
        return this.accounts.users;
    }
  }

  /** A ring of keys. */
  ring(id: string): DkimKey | TlsKey {
    return this.rings.get(id) ?? missing(`the ring ${id}`);
  }

  /** A host's key of the link, made when it is first asked for. */
  linkKey(host: string): WireguardKey {
    const key = this.linkKeys.get(host) ?? new WireguardKey(`link-${host}`, this.options);
    this.linkKeys.set(host, key);
    return key;
  }

  /** One secret for all who ask for it alike; it cannot be two things. */
  private once(ref: MadeRef, owner: pulumi.Resource | undefined): pulumi.Output<string> {
    const name = `${ref.kind} ${ref.id}`;
    const known = this.made.get(name) ?? { ref, owner, secret: newSecret(ref, owner, this.options) };
    this.made.set(name, known);
    if (!isDeepStrictEqual(known.ref, ref))
      throw new Error(
        `the ${name} is asked for twice, differently: ${JSON.stringify(known.ref)} and ${JSON.stringify(ref)}\n` +
          "hint: give one of the two another id, or let both roles take it from one function of roles/shared",
      );
    if (known.owner !== owner)
      throw new Error(
        `the ${name} belongs to one instance, and another asks for it\n` +
          'hint: put the name of the host into its id, or share it with `of: "site"`',
      );
    return known.secret;
  }

  private ringKey(id: string, selector: string | undefined): pulumi.Output<string> {
    const ring = this.ring(id);
    if (selector === undefined) return ring.privateKeyPem;
    return ring.privateKeys.apply((all) => privateKeyOf(id, all, selector));
  }

  private newRing({ id, kind, algorithm, holders: _, ...ring }: Ring, holders: pulumi.Output<Holder>[]) {
    const { provider } = this.site.dns;
    const args = { ...ring, holders, ...ownNameservers(this.site), ...(provider === "none" ? { byHand: true } : {}) };
    return kind === "dkim"
      ? new DkimKey(id, { ...args, algorithm: algorithm === "ed25519" ? "ed25519" : "rsa" }, this.options)
      : new TlsKey(id, { ...args, algorithm: "p256" }, this.options);
  }
}

/** One of a ring's private keys. */
export function privateKeyOf(ring: string, all: Record<string, string>, selector: string): string {
  const pem = all[selector];
  if (pem !== undefined) return pem;
  throw new Error(
    `the keys ${ring} in the state of the stack are damaged: the private key ${selector} is missing\n` +
      "hint: bring back an earlier state, with pulumi stack export --version and pulumi stack import",
  );
}

/** Addresses of the name servers that the site has itself; elsewhere they are found by NS records. */
export function ownNameservers(site: SiteSpec): { servers: string[] } | Record<string, never> {
  const servers = hostsWith(site, "nameserver").map(({ address }) => address);
  return servesOwnZones(site) && servers.length > 0 ? { servers } : {};
}

/** The hosts of a ring, and the file there by which one sees the key at work. A new installation is no change of the ring. */
function holdersOf({ kind, holders }: Ring, site: SiteSpec, hosts: Connections, name: string): pulumi.Output<Holder>[] {
  return holders.map((holder) => {
    const where: Omit<Holder, "host"> =
      kind === "dkim"
        ? { role: "filter", path: DKIM_SIGNING, line: dkimSelector("{selector}", dkimKeyPath(name, "{selector}")) }
        : {
            role: "certificates",
            path: certificatePaths(hostNamed(site, holder).hostname).chain,
            pending: CERTIFICATES_PENDING,
          };
    return connectionTo(hosts, holder).apply(({ installed: _, ...host }) => ({ host, ...where }));
  });
}

function newSecret(
  ref: MadeRef,
  owner: pulumi.Resource | undefined,
  ofSite: pulumi.CustomResourceOptions,
): pulumi.Output<string> {
  if (ref.kind === "key") return new TlsKey(ref.id, { algorithm: ref.algorithm }, ofSite).privateKeyPem;
  const ofInstance = { parent: owner, additionalSecretOutputs: ["result", "bcryptHash"] };
  const options = ref.of === "instance" ? ofInstance : ofSite;
  return new random.RandomPassword(ref.id, { length: ref.length, special: false }, options).result;
}

function missing(what: string): never {
  throw new Error(`a role asks for ${what}, which the plan of the site does not have`);
}
