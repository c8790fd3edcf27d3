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
import { publishersOf, zoneId } from "../plan/edges";
import type { PowerDnsConfig } from "../provider/dns/zone";
import type { HostConnection } from "../provider/manifest";
import type { OvhConfig } from "../provider/ovh/settings";
import type { SiteSpec } from "../site";
import { Accounts } from "./accounts";
import { connection, connections, connectionTo, type Installation } from "./connections";
import { SiteFacts } from "./facts";
import { OvhHost, operatorKey, ovhServices } from "./ovh";
import { openedMap } from "./resources/inputs";
import { AcmeAccount, DnsSeen, PostfleetProvider } from "./resources/keys";
import { RoleComponent, type SecretFiles } from "./role";
import { type SmarthostLogin, smarthostLogin } from "./smarthost";
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
  /** The login at `relay.smarthost`, and the server that it is for. Secret. Wanted by `relay.smarthostLogin`. */
  smarthost?: pulumi.Input<SmarthostLogin>;
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
    const login = site.relay.smarthostLogin ? smarthostLogin(site.relay.smarthost ?? "", args.smarthost) : undefined;
    const vault = new Vault(site, plan, hosts, accounts, account, login, { parent: this });
    const facts = new SiteFacts(site, plan, vault, acmeCa);
    this.publish(facts, atOvh);
    for (const deployment of deployments) {
      this.deploy(deployment, connectionTo(hosts, deployment.host.name), vault, facts);
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
    for (const [name, zone] of zones) this.made.set(zoneId(name), zone);
    const { of } = zonesOf(this.site);
    for (const [, made] of atOvh) {
      const zone = zones.get(of(made.hostname) ?? "");
      made.nameAddresses(this.plan.reverse, zone?.published, [...zones.values()]);
    }
  }

  private deploy(
    { instance, role, args, context }: Deployment,
    host: pulumi.Output<HostConnection>,
    vault: Vault,
    facts: SiteFacts,
  ): void {
    const { late, secrets } = role;
    const manifest = facts.with(late?.facts ?? [], (known) =>
      role.manifest({ ...args, ...late?.make(context, known) }),
    );
    const refs = facts.with(secrets?.refs.facts ?? [], (known) =>
      secrets ? secrets.files(secrets.refs.make(context, known), args) : {},
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
    return this.plan.edges.filter(({ to }) => to === id).map(({ from, why }) => this.before(from, id, why));
  }

  /** What was made before and is waited for. A plan whose order and edges disagree is a mistake in the program. */
  private before(id: string, whoWaits: string, why: string): pulumi.Resource {
    const made = this.made.get(id);
    if (made) return made;
    throw new Error(
      `internal error: ${whoWaits} waits for ${id} (${why}), which is not made yet\n` +
        "hint: the order of the plan's instances must follow its edges (rolloutOrder in plan/placement.ts)",
    );
  }

  /** Nobody signs mail before the world can find the keys. Where the operator publishes by hand there is nothing to wait for. */
  private signingGate(facts: SiteFacts): pulumi.Resource[] {
    const { plan, site } = this;
    if (site.dns.provider === "none" || plan.signers.length === 0) return [];
    if (!this.gate) {
      const nameservers = plan.instances.filter(({ role }) => role === "nameserver").map(({ id }) => id);
      const dependsOn = publishersOf(plan.zones, nameservers).map((id) =>
        this.before(id, "dkim-seen", "it serves the keys"),
      );
      const args = { records: facts.signingRecords, ...ownNameservers(site) };
      this.gate = new DnsSeen("dkim-seen", args, { parent: this, dependsOn });
    }
    return [this.gate];
  }
}

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
