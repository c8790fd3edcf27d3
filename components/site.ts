/**
 * The whole site: what OVH gives it, its zones, and every role on every host, in the order that the roles themselves ask for
 * (see rollout.ts).
 *
 * What roles share is a value of the site specification or an output passed on here; no role knows another.
 */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { zonesOf } from "../plan/dns/records";
import type { PowerDnsConfig } from "../provider/dns/zone";
import type { OvhConfig } from "../provider/ovh/settings";
import type { HostSpec, SiteSpec } from "../site";
import { Accounts } from "./accounts";
import { type Connections, connection, connections, type Installation } from "./connections";
import { dkimRings, ownNameservers, tlsRings } from "./identities";
import { OvhHost, operatorKey, ovhServices } from "./ovh";
import { deployRoles, type SiteParts, signingRecords } from "./placement";
import { AcmeAccount, DnsSeen, PostfleetProvider } from "./resources/keys";
import { SharedSecrets } from "./resources/secrets";
import { rolesOf } from "./roles";
import { NEEDS, type PlatformRole, rolloutOrder } from "./rollout";
import { siteZones } from "./zones";

/** Arguments of {@link Site}. */
export interface SiteArgs {
  /** The validated specification, see `loadSite`. */
  site: SiteSpec;
  /** Folder of the site file: what it names is relative to it. */
  directory: string;
  /** The operator's private SSH key. Default: `POSTFLEET_SSH_KEY_FILE`, else the SSH agent. */
  sshPrivateKey?: pulumi.Input<string>;
  /** Who asks OVH's API. Secret. Default: the environment variables of OVH's clients (docs/ovh.md). */
  ovh?: pulumi.Input<OvhConfig>;
  /** Key of PowerDNS' HTTP API. Secret. Default: `PDNS_API_KEY`. */
  powerdns?: pulumi.Input<PowerDnsConfig>;
}

/** Something that roles wait for; without a host it serves them all. */
interface Placed {
  host?: string;
  component: pulumi.Resource;
}

/** A mail platform. */
export class Site extends pulumi.ComponentResource {
  /** Generated passwords of the mailboxes: address -> password. Secret. */
  public readonly passwords: pulumi.Output<Record<string, string>>;

  private readonly site: SiteSpec;
  private readonly placed = new Map<PlatformRole, Placed[]>();
  /** By the host's full name. */
  private readonly atOvh = new Map<string, OvhHost>();
  private gate: DnsSeen | undefined;

  constructor(name: string, args: SiteArgs, opts?: pulumi.ComponentResourceOptions) {
    const { site, directory } = args;
    const provider = new PostfleetProvider("postfleet", {
      hosts: Object.fromEntries(site.hosts.map((host) => [host.name, connection(site, host)])),
      sshPrivateKey: args.sshPrivateKey,
      ovh: ovhConfig(args),
      powerdns: args.powerdns,
    });
    super("postfleet:index:Site", name, {}, { ...opts, providers: [provider] });
    this.site = site;

    const hosts = connections(site, this.installations(args));
    const accounts = new Accounts("accounts", { mailboxes: site.accounts.mailboxes }, { parent: this });
    this.passwords = accounts.passwords;
    const parts = this.identities(accounts, directory, hosts);
    this.publish(parts);
    for (const role of rolloutOrder()) {
      for (const host of site.hosts) if (rolesOf(site, host).includes(role)) this.place(role, host, parts, hosts);
    }
    this.registerOutputs({ passwords: this.passwords });
  }

  /** What is made at OVH before anything is on a host. */
  private installations(args: SiteArgs): Map<string, Installation> {
    const { site } = args;
    const installed = new Map<string, Installation>();
    if (site.ovh) ovhServices(site, site.ovh, { parent: this });
    for (const host of site.hosts) {
      if (!host.ovh || host.lost) continue;
      const key = host.ovh.install ? operatorKey(args.sshPrivateKey) : undefined;
      const made = new OvhHost(`ovh-${host.name}`, { site, host, operatorKey: key }, { parent: this });
      this.atOvh.set(host.hostname, made);
      if (made.installation) installed.set(host.name, made.installation);
    }
    return installed;
  }

  /** Keys and accounts that make the site what it is: made once, kept in the state. */
  private identities(accounts: Accounts, directory: string, hosts: Connections): SiteParts {
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

  /** Zones that others serve stand in the place of our own name servers: whoever needs those, waits for them. */
  private publish(parts: SiteParts): void {
    const zones = siteZones(parts, { parent: this });
    const all = [...zones.values()];
    this.placed.set(
      "nameserver",
      all.map((component) => ({ component })),
    );
    const { of } = zonesOf(this.site);
    for (const [hostname, made] of this.atOvh) {
      const zone = zones.get(of(hostname) ?? "");
      made.nameAddresses(zone?.published, all);
    }
  }

  private place(role: PlatformRole, host: HostSpec, parts: SiteParts, hosts: Connections): void {
    const connected = hosts.get(host.name);
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
    const publishers = this.site.dns.provider === "none" ? [] : (this.placed.get("nameserver") ?? []);
    if (publishers.length === 0 || parts.dkim.length === 0) return [];
    this.gate ??= new DnsSeen(
      "dkim-seen",
      { records: signingRecords(parts), ...ownNameservers(this.site) },
      { parent: this, dependsOn: publishers.map(({ component }) => component) },
    );
    return [this.gate];
  }
}

/** Where OVH's API is, from the site file, and who asks it, from the stack's secret. */
function ovhConfig({ site, directory, ovh }: SiteArgs): pulumi.Input<OvhConfig> | undefined {
  if (!site.ovh) return ovh;
  const { endpoint, caFile } = site.ovh;
  const place = { endpoint, ...(caFile === undefined ? {} : { caFile: resolve(directory, caFile) }) };
  return pulumi.output(ovh ?? {}).apply((secrets) => ({ ...place, ...secrets }));
}
