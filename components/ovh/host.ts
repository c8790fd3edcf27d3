/** One host at OVH: what is installed on it, and what OVH does around it. */
import * as pulumi from "@pulumi/pulumi";
import type { ReverseName as PlannedReverseName } from "../../plan/types";
import { type HostSpec, host as hostNamed, type OvhHostSpec, type SiteSpec } from "../../site";
import type { Installation } from "../connections";
import { AdditionalIp, type EdgeRule, IpFirewall, ReverseName } from "./addresses";
import { BackupStorage, Monitoring, ServerInstall, SshHostKey, VpsRebuild } from "./servers";

/** Arguments of {@link OvhHost}. */
export interface OvhHostArgs {
  site: SiteSpec;
  host: HostSpec;
  /** Rules of the edge firewall, where it has one. */
  rules: EdgeRule[];
  /** The operator's public SSH key. Needed where a host is installed. */
  operatorKey?: pulumi.Input<string>;
}

const isV4 = (address: string) => !address.includes(":");
/** The block of one address. */
const block = (address: string) => `${address}/${isV4(address) ? 32 : 128}`;

/** A dedicated server or a VPS with its addresses, its firewall and its storage. */
export class OvhHost extends pulumi.ComponentResource {
  /** Absent: OVH has installed it before, and its keys are in the site file. */
  public readonly installation: Installation | undefined;

  private readonly site: SiteSpec;
  private readonly host: HostSpec;
  private readonly ovh: OvhHostSpec;

  private readonly rules: EdgeRule[];

  constructor(name: string, args: OvhHostArgs, opts?: pulumi.ComponentResourceOptions) {
    super("postfleet:ovh:Host", name, {}, opts);
    const { site, host } = args;
    if (!host.ovh) throw new Error(`the host ${host.name} is not at OVH`);
    [this.site, this.host, this.ovh] = [site, host, host.ovh];
    this.rules = args.rules;
    this.installation = this.install(args.operatorKey);
    this.surround();
    this.registerOutputs({});
  }

  private install(sshKey: pulumi.Input<string> | undefined): Installation | undefined {
    const { install, product, service } = this.ovh;
    if (!install) return undefined;
    const { image, reinstall, partitions, trustFirstContact } = install;
    const options = { parent: this };
    const name = this.host.name;
    const resource =
      product === "vps"
        ? new VpsRebuild(name, { service, image, sshKey, rebuild: reinstall, trustFirstContact }, options)
        : new ServerInstall(
            name,
            {
              ...{ service, image, sshKey, reinstall, hostname: this.host.hostname },
              hostKey: new SshHostKey(name, { comment: name }, options).privateKeyPem,
              ...(partitions.length > 0 ? { partitions } : {}),
            },
            options,
          );
    return { hostKeys: resource.hostKeys, installedAt: resource.installedAt };
  }

  private surround(): void {
    const { product, service, firewall, monitoring, backupStorage, additionalIps } = this.ovh;
    const { site, host } = this;
    const options = { parent: this };
    if (product === "server" && monitoring !== undefined) {
      new Monitoring(host.name, { service, enabled: monitoring }, options);
    }
    if (firewall) {
      for (const address of [host.address, ...additionalIps.map((ip) => ip.address)].filter(isV4)) {
        new IpFirewall(`${host.name}-${address}`, { address, rules: this.rules }, options);
      }
    }
    for (const { address } of additionalIps) new AdditionalIp(address, { block: block(address), service }, options);
    if (backupStorage) {
      const { protocols, access } = backupStorage;
      const [ftp, nfs, cifs] = (["ftp", "nfs", "cifs"] as const).map((protocol) => protocols.includes(protocol));
      const clients = access.map((name) => ({ ipBlock: block(hostNamed(site, name).address), ftp, nfs, cifs }));
      new BackupStorage(host.name, { service, access: clients }, options);
    }
  }

  /** Full name of the host. */
  public get hostname(): string {
    return this.host.hostname;
  }

  /** Reverse names, once the world can find the forward ones. */
  public nameAddresses(
    reverse: readonly PlannedReverseName[],
    published: pulumi.Input<unknown>,
    dependsOn: pulumi.Resource[],
  ): void {
    const { host, ovh } = this;
    const own = [host.address, host.address6];
    const names = reverse.filter(
      (record) => record.host === host.name && (ovh.reverse || !own.includes(record.address)),
    );
    for (const { address, name } of names) {
      new ReverseName(address, { address, name, after: published }, { parent: this, dependsOn });
    }
  }
}
