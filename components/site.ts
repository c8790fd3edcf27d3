/**
 * The whole site: every role on every host, in the order that the roles themselves ask for (see rollout.ts).
 *
 * What roles share is a value of the site specification or an output passed on here; no role knows another.
 */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import type { HostConnection } from "../provider/manifest";
import type { HostSpec, SiteSpec } from "../site";
import { Accounts } from "./accounts";
import { dkimRings, ownNameservers, tlsRings } from "./identities";
import { deployRoles, type SiteParts, signingRecords } from "./placement";
import { rolesOf } from "./roles";
import { NEEDS, type PlatformRole, rolloutOrder } from "./rollout";
import { AcmeAccount, DnsSeen, PostfleetProvider } from "./shared/resources";
import { SharedSecrets } from "./shared/secrets";

/** Arguments of {@link Site}. */
export interface SiteArgs {
  /** The validated specification, see `loadSite`. */
  site: SiteSpec;
  /** Folder of the site file: what it names is relative to it. */
  directory: string;
  /** The operator's private SSH key. Default: `POSTFLEET_SSH_KEY_FILE`, else the SSH agent. */
  sshPrivateKey?: pulumi.Input<string>;
}

/** A mail platform. */
export class Site extends pulumi.ComponentResource {
  /** Generated passwords of the mailboxes: address -> password. Secret. */
  public readonly passwords: pulumi.Output<Record<string, string>>;

  private readonly site: SiteSpec;
  private readonly placed = new Map<PlatformRole, { host: string; component: pulumi.ComponentResource }[]>();
  private gate: DnsSeen | undefined;

  constructor(name: string, args: SiteArgs, opts?: pulumi.ComponentResourceOptions) {
    const { site } = args;
    const hosts = Object.fromEntries(site.hosts.map((host) => [host.name, connection(site, host)]));
    const provider = new PostfleetProvider("postfleet", { hosts, sshPrivateKey: args.sshPrivateKey });
    super("postfleet:index:Site", name, {}, { ...opts, providers: [provider] });
    this.site = site;

    const accounts = new Accounts("accounts", { mailboxes: site.accounts.mailboxes }, { parent: this });
    this.passwords = accounts.passwords;
    const parts = this.identities(accounts, args.directory, hosts);
    for (const role of rolloutOrder()) {
      for (const host of site.hosts) if (rolesOf(site, host).includes(role)) this.place(role, host, parts, hosts);
    }
    this.registerOutputs({ passwords: this.passwords });
  }

  /** Keys and accounts that make the site what it is: made once, kept in the state. */
  private identities(accounts: Accounts, directory: string, hosts: Record<string, HostConnection>): SiteParts {
    const { site } = this;
    const options = { parent: this };
    const tls = tlsRings(site, hosts, options);
    const dkim = dkimRings(site, hosts, options);
    const { acme } = site.certificates;
    const caPem = acme?.caFile === undefined ? undefined : readFileSync(resolve(directory, acme.caFile), "utf8");
    const account =
      acme === undefined
        ? undefined
        : new AcmeAccount("acme", { directory: acme.directory, email: acme.email, caPem }, options);
    return { site, accounts, tls, dkim, account, caPem, shared: new SharedSecrets(options) };
  }

  private place(role: PlatformRole, host: HostSpec, parts: SiteParts, hosts: Record<string, HostConnection>): void {
    const connected = hosts[host.name];
    if (!connected) return;
    const base = role === "host" ? [] : (this.placed.get("host") ?? []).filter((placed) => placed.host === host.name);
    const needs = NEEDS[role].flatMap((need) => this.placed.get(need) ?? []);
    const gate = role === "filter" ? this.signingGate(parts) : [];
    const dependsOn = [...[...base, ...needs].map(({ component }) => component), ...gate];
    const component = deployRoles[role](`${role}-${host.name}`, host, connected, parts, { parent: this, dependsOn });
    this.placed.set(role, [...(this.placed.get(role) ?? []), { host: host.name, component }]);
  }

  /** Nobody signs mail before the world can find the keys. Where the operator publishes by hand there is nothing to wait for. */
  private signingGate(parts: SiteParts): pulumi.Resource[] {
    const publishers = this.publishers();
    if (publishers.length === 0 || parts.dkim.length === 0) return [];
    this.gate ??= new DnsSeen(
      "dkim-seen",
      { records: signingRecords(parts), ...ownNameservers(this.site) },
      { parent: this, dependsOn: publishers },
    );
    return [this.gate];
  }

  /** What publishes the site's records. */
  private publishers(): pulumi.Resource[] {
    if (this.site.dns.provider !== "powerdns") return [];
    return (this.placed.get("nameserver") ?? []).map(({ component }) => component);
  }
}

/** How a host of the site is reached. */
export function connection(site: SiteSpec, host: HostSpec): HostConnection {
  const jump = host.jump === undefined ? undefined : site.hosts.find((other) => other.name === host.jump);
  return {
    name: host.name,
    address: host.address,
    port: host.sshPort,
    user: site.ssh.user,
    hostKeys: host.hostKeys,
    ...(jump ? { jump: connection(site, jump) } : {}),
    ...(host.lost ? { lost: true } : {}),
  };
}
