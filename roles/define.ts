/**
 * A role is one declaration: what it is, what it needs, where it may stand, what it listens to, which data and secrets it has,
 * how it is watched and updated, and what it wants of its host. Everything that others know of roles is derived from it.
 *
 * Nothing here knows Pulumi. What a declaration cannot know before keys are made comes later, as facts (see {@link Facts}).
 */
import type { Manifest } from "../provider/manifest";
import type { HostSpec, RoleName, RoleRule, ServiceName, SiteSpec } from "../site";
import type { SecretFile, SecretRef, SecretShape, Secrets } from "./secrets";
import type { DnsRecord, Draft } from "./shared/records";

/** Roles as the platform sees them, with those that no site file names. */
export type PlatformRole = RoleName | "host" | "certificates" | "link" | "bans" | "backup-client";

/** Something that must be there before a role can work. */
export interface Need {
  role: PlatformRole;
  /** Why, as the end of a sentence: "it hands accepted mail to the relay". */
  why: string;
  /** The role works without one as well; where there is one, it comes first. Default: it cannot do without. */
  optional?: true;
}

/** Which of several instances a role turns to. */
export type Choice =
  /** The one on the same host, and no other. */
  | "local"
  /** The one on the same host, else the first. */
  | "local first"
  /** One after the other, in the order of the site file; the next where one does not answer. */
  | "failover"
  /** All of them at once. */
  | "all"
  /** Whatever stands behind the public name. */
  | "by name";

/** An endpoint of another role. */
export interface Use {
  /** The roles that offer it; one of the second is asked only where no host has the first. */
  roles: readonly RoleName[];
  /** Port by role, TCP. */
  port: Readonly<Partial<Record<RoleName, number>>>;
  choice: Choice;
}

/** A port that a role listens on. nftables on the host and OVH's edge firewall are both made from it. */
export interface Listener {
  port: number;
  /** @default "tcp" */
  protocol?: "tcp" | "udp";
  /** Who may connect: everybody, hosts of the site, or those that have one of some roles; on the host itself, their users alone. */
  to: "world" | "site" | readonly PlatformRole[];
  /** Their addresses, unless it is the world; absent where it listens on loopback alone. */
  from?: readonly string[];
  /** Comment above the rule on the host. */
  note?: string;
}

/** A port that is not for everybody on a host. */
export interface InnerPort {
  /** TCP port. */
  port: number;
  /** Unix users of this host that may connect, besides root: names, or numbers of users that come later. */
  users: readonly string[];
}

/** Something on disk that outlives a process. */
export interface Data {
  path: string;
  /** What it is, in a few words. */
  what: string;
  /** Whether backups save it. Caches, and what the state of the stack brings back, they do not. */
  backup: boolean;
  /** No rebuild brings it back, so that its host has a backup client. */
  precious: boolean;
  /** Brings it into a state that can be copied. Default: it can be copied at any time. */
  beforeBackup?: readonly string[];
  /** Brings it back to work after a restore. Default: nothing is to be done. */
  afterRestore?: readonly string[];
  /** What is gone with it, or with all that came since the last backup. */
  loss: string;
}

/** What a monitor asks a running instance: a command on its host that prints one number. */
export interface Watch {
  what: string;
  argv: readonly string[];
  /** The number while all is well. */
  normal: { least?: number; most?: number };
}

/** How a change reaches a running instance, and what its twins do meanwhile. */
export interface Update {
  by: "reload" | "restart";
  /** What people and other servers notice. */
  notice: string;
  /** Twins are changed one after the other, each applied and healthy before the next; or at once, where nobody would notice. */
  twins: "in turn" | "at once";
}

/** How many hosts may have a role, and what they are to each other. */
export interface Cardinality {
  /** Whether this version takes more than one. */
  several: boolean;
  twins: "alike" | "one active" | "primary and secondaries" | "each its own";
}

/** What is known only when keys and accounts exist. Each fact is waited for by those alone who ask for it. */
export interface Facts {
  /** The site's record sets, with every value. */
  records: DnsRecord[];
  /** By ring: the selector at work, and those that hosts hold. A preview knows them. */
  signing: Record<string, { active: string; held: string[] }>;
  /** URI of the ACME account, RFC 8555 section 7.1.2. */
  acmeAccountUri: string | undefined;
  /** CA (PEM) of the ACME directory's own certificate. */
  acmeCa: string | undefined;
  /** Self-signed certificates (PEM) of the backup targets, by host. */
  targetCertificates: Record<string, string>;
  /** Public WireGuard keys of the hosts that are part of the link, by host. */
  linkKeys: Record<string, string>;
}
export type FactName = keyof Facts;

/** Something of a role that follows from facts: made by `fromFacts` in derived.ts, so that it can read those alone that it names. */
export interface FromFacts<T> {
  readonly facts: readonly FactName[];
  make(context: RoleContext, known: Facts): T;
}

/** A site as roles see it. */
export interface SiteContext {
  site: SiteSpec;
  /** Names of the site's zones. */
  zones: readonly string[];
  /** Names that the certificate of a host carries, its own first. */
  certificateNames(host: HostSpec): string[];
  /** The rings that sign for a domain. */
  signers: readonly Signer[];
}

/** A ring of DKIM keys. */
export interface Signer {
  /** Id of the ring. */
  ring: string;
  /** What the files of its keys are named after: the domain, or "shared". */
  name: string;
  algorithm: "rsa" | "ed25519";
  domains: readonly string[];
}

/** A service of another role as an instance reaches it. */
export interface Endpoint {
  /** Address without brackets: loopback on the same host, that of the link on another; or a public name. */
  address: string;
  /** TCP port. */
  port: number;
}

/** Where an instance stands, and what is around it. */
export interface RoleContext extends SiteContext {
  host: HostSpec;
  /** The endpoints of each of the role's `uses`, in the order in which they are tried; none where nobody offers it. */
  endpoints: Readonly<Record<string, readonly Endpoint[]>>;
  /** Hosts with which roles of this one exchange what no public name carries: it goes over the link. */
  peers: readonly HostSpec[];
  /** Name of the host's data, which outlives the host: that of the first host that had it. */
  dataSet(host: HostSpec): string;
  /** Hosts whose data is backed up. */
  backupClients: readonly HostSpec[];
  /** Hosts that backups of the site go to. */
  backupTargets: readonly HostSpec[];
  /** Packages that the other roles of the host want. */
  packagesOfOthers(): string[];
  /** Ports of the host's roles that are open to some roles alone. */
  innerPorts(): InnerPort[];
  /** Ports of other hosts that the host's roles turn to by the link. */
  linkPorts(): InnerPort[];
}

/** One role. `Late` are those of its arguments that follow from facts. */
export interface RoleDeclaration<Args extends object, Late extends keyof Args, Shape extends SecretShape> {
  readonly name: PlatformRole;
  /** Its component's type token is `postfleet:mail:<component>`. */
  readonly component: string;
  /** What it is, in a line. */
  readonly summary: string;
  /** The programs that do it. */
  readonly software: string;
  readonly needs: readonly Need[];
  /** Roles that bring it along to their host. */
  readonly impliedBy?: readonly RoleName[];
  /**
   * Whether it stands on a host, for roles that no site file names. `roles` are those that it does name there; `exchanges` says
   * whether any of them exchanges with another host what no public name carries.
   */
  implied?(context: { site: SiteSpec; roles: readonly AnyRole[]; exchanges: boolean }): boolean;
  readonly hosts: Cardinality;
  /** Public names under which its hosts answer. */
  names?(site: SiteSpec): ServiceName[];
  /** It serves TLS with the host's certificate: the unit to reload when that is renewed. */
  readonly tlsUnit?: string;
  /** It signs mail: no instance comes up before the world can find the keys. */
  readonly signs?: true;
  readonly uses?: Readonly<Record<string, Use>>;
  /** Unix users whose processes turn to them, if not root: names of users that packages bring, else numbers. */
  readonly users?: readonly string[];
  /** DNS records that it gives rise to. */
  records?(context: SiteContext): Draft[];
  packages(args: Omit<Args, Late>): string[];
  listens(args: Omit<Args, Late>): Listener[];
  /** The base ruleset opens its ports, so that it has no drop-in. */
  readonly firewallIsBase?: true;
  readonly data: readonly Data[];
  readonly secrets?: {
    readonly shape: Shape;
    /** Which secrets there are. */
    readonly refs: FromFacts<Secrets<Shape, SecretRef>>;
    /** The files that they end up in, by path. */
    files<T>(secrets: Secrets<Shape, T>, args: Omit<Args, Late>): Record<string, SecretFile<T>>;
  };
  readonly watch: readonly Watch[];
  readonly update: Update;
  /** Its arguments, but for those that follow from facts. */
  args(context: RoleContext): Omit<Args, Late>;
  readonly late?: FromFacts<Pick<Args, Late>>;
  /** What it wants of its host, beyond what follows from the rest of the declaration. */
  manifest(args: Args): Partial<Omit<Manifest, "role" | "packages">>;
}

/** A declared role. */
export interface Role<
  Args extends object = object,
  Late extends keyof Args = never,
  Shape extends SecretShape = SecretShape,
> extends RoleDeclaration<Args, Late, Shape> {
  /** Everything that it wants of its host. */
  manifest(args: Args): Manifest;
  /** What the rules of the site file know of it; absent where the file cannot name it. */
  readonly rule?: RoleRule;
}
/** Any of them, its own types aside. */
export type AnyRole = Role<object, never, SecretShape>;
