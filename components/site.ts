/**
 * The whole site: what OVH gives it, its zones, and every role on every host. Which there are, and who waits for whom, is the
 * plan's part (plan/); here it becomes Pulumi's resources.
 */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { type Deployment, type Plan, planned } from "../plan";
import { zonesOf } from "../plan/dns/zones";
import { edgeRules } from "../plan/edge-firewall";
import type { PowerDnsConfig } from "../provider/dns/zone";
import type { OvhConfig } from "../provider/ovh/settings";
import type { SiteSpec } from "../site";
import { Accounts } from "./accounts";
import { connection, connections, type Installation } from "./connections";
import { SiteFacts } from "./facts";
import { OvhHost, operatorKey, ovhServices } from "./ovh";
import { openedMap } from "./resources/inputs";
import { AcmeAccount, DnsSeen, PostfleetProvider } from "./resources/keys";
import { RoleComponent, type SecretFiles } from "./role";
import { ownNameservers, Vault } from "./vault";
import { declareZones } from "./zones";

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
  /** Key of PowerDNS' HTTP API, and the address that it is for. Secret. Default: `PDNS_API_KEY` with `PDNS_API_URL`. */
  powerdns?: pulumi.Input<PowerDnsConfig>;
}

/** A mail platform. */
export class Site extends pulumi.ComponentResource {
  /** Generated passwords of the mailboxes: address -> password. Secret. */
  public readonly passwords: pulumi.Output<Record<string, string>>;

  private readonly site: SiteSpec;
  private readonly plan: Plan;
  /** What others wait for, by its id in the plan. */
  private readonly made = new Map<string, pulumi.Resource>();
  private gate: DnsSeen | undefined;

  constructor(name: string, args: SiteArgs, opts?: pulumi.ComponentResourceOptions) {
    const { site } = args;
    const provider = new PostfleetProvider("postfleet", {
      hosts: Object.fromEntries(site.hosts.map((host) => [host.name, connection(site, host)])),
      sshPrivateKey: args.sshPrivateKey,
      ovh: ovhConfig(args),
      powerdns: args.powerdns,
    });
    super("postfleet:index:Site", name, {}, { ...opts, providers: [provider] });
    const { plan, deployments } = planned(site);
    this.site = site;
    this.plan = plan;

    const atOvh = this.rented(args);
    const hosts = connections(site, installationsOf(atOvh));
    const accounts = new Accounts("accounts", { mailboxes: site.accounts.mailboxes }, { parent: this });
    this.passwords = accounts.passwords;
    const acmeCa = acmeCaOf(args);
    const account = this.acmeAccount(acmeCa);
    const vault = new Vault(site, plan, hosts, accounts, account, { parent: this });
    const facts = new SiteFacts(site, plan, vault, acmeCa);
    this.publish(facts, atOvh);
    for (const deployment of deployments) {
      const host = hosts.get(deployment.host.name);
      if (host) this.deploy(deployment, host, vault, facts);
    }
    this.registerOutputs({ passwords: this.passwords });
  }

  /** What is made at OVH before anything is on a host, by the name of the host. */
  private rented(args: SiteArgs): Map<string, OvhHost> {
    const { site, plan } = this;
    if (site.ovh) ovhServices(site, site.ovh, { parent: this });
    return new Map(
      site.hosts
        .filter(({ ovh, lost }) => ovh && !lost)
        .map((host) => {
          const key = host.ovh?.install ? operatorKey(args.sshPrivateKey) : undefined;
          const rules = edgeRules(plan, host);
          return [
            host.name,
            new OvhHost(`ovh-${host.name}`, { site, host, rules, operatorKey: key }, { parent: this }),
          ];
        }),
    );
  }

  private acmeAccount(caPem: string | undefined): AcmeAccount | undefined {
    const { acme } = this.site.certificates;
    if (!acme) return undefined;
    return new AcmeAccount("acme", { directory: acme.directory, email: acme.email, caPem }, { parent: this });
  }

  /** Zones that others serve, and the reverse names at OVH, once the world can find the forward ones. */
  private publish(facts: SiteFacts, atOvh: Map<string, OvhHost>): void {
    const zones = declareZones(this.site, facts.records, { parent: this });
    for (const [name, zone] of zones) this.made.set(`zone ${name}`, zone);
    const { of } = zonesOf(this.site);
    for (const [, made] of atOvh) {
      const zone = zones.get(of(made.hostname) ?? "");
      made.nameAddresses(this.plan.reverse, zone?.published, [...zones.values()]);
    }
  }

  private deploy(
    { instance, role, args, context }: Deployment,
    host: ConnectionOutput,
    vault: Vault,
    facts: SiteFacts,
  ): void {
    const manifest = facts.with(role.late?.from, (known) =>
      role.manifest({ ...args, ...role.late?.args(known, context) }),
    );
    const refs = facts.with(role.secrets?.from, (known) =>
      role.secrets ? role.secrets.files(role.secrets.refs(context, known), args) : {},
    );
    const secretFiles = (parent: pulumi.Resource): SecretFiles =>
      openedMap(refs, ({ of, ...file }) => ({ ...file, of: of.map((ref) => vault.resolve(ref, parent)) }));
    const dependsOn = [...this.waitedFor(instance.id), ...(role.signs ? this.signingGate(facts) : [])];
    const component = new RoleComponent(
      role.component,
      instance.id,
      { host, manifest, secretFiles },
      { parent: this, dependsOn },
    );
    this.made.set(instance.id, component);
  }

  private waitedFor(id: string): pulumi.Resource[] {
    return this.plan.edges.filter(({ to }) => to === id).flatMap(({ from }) => this.made.get(from) ?? []);
  }

  /** Nobody signs mail before the world can find the keys. Where the operator publishes by hand there is nothing to wait for. */
  private signingGate(facts: SiteFacts): pulumi.Resource[] {
    const { plan, site } = this;
    if (site.dns.provider === "none" || plan.signers.length === 0) return [];
    const ids = [
      ...plan.instances.filter(({ role }) => role === "nameserver").map(({ id }) => id),
      ...plan.zones.map(({ name }) => `zone ${name}`),
    ];
    const publishers = ids.flatMap((id) => this.made.get(id) ?? []);
    if (publishers.length === 0) return [];
    this.gate ??= new DnsSeen(
      "dkim-seen",
      { records: facts.signingRecords, ...ownNameservers(site) },
      { parent: this, dependsOn: publishers },
    );
    return [this.gate];
  }
}

type ConnectionOutput = NonNullable<ReturnType<ReturnType<typeof connections>["get"]>>;

function installationsOf(atOvh: ReadonlyMap<string, OvhHost>): Map<string, Installation> {
  return new Map([...atOvh].flatMap(([name, { installation }]) => (installation ? [[name, installation]] : [])));
}

/** CA (PEM) of the ACME directory's own certificate, where it is a private one. */
function acmeCaOf({ site, directory }: SiteArgs): string | undefined {
  const caFile = site.certificates.acme?.caFile;
  return caFile === undefined ? undefined : readFileSync(resolve(directory, caFile), "utf8");
}

/** Where OVH's API is, from the site file, and who asks it, from the stack's secret. */
function ovhConfig({ site, directory, ovh }: SiteArgs): pulumi.Input<OvhConfig> | undefined {
  if (!site.ovh) return ovh;
  const { endpoint, caFile } = site.ovh;
  const api = { endpoint, ...(caFile === undefined ? {} : { caFile: resolve(directory, caFile) }) };
  return pulumi.output(ovh ?? {}).apply((secrets) => ({ ...api, ...secrets }));
}
