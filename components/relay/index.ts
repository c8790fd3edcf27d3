/**
 * Role `relay`: postfix@relay, the middle of the site. It takes mail from mx and submission, knows where each address
 * leads, delivers to the mailstore by LMTP (RFC 2033), and keeps the queue to the world, whose servers it verifies by DANE and MTA-STS.
 */
import * as pulumi from "@pulumi/pulumi";
import { type HostConnection, type Manifest, manifest } from "../../provider/manifest";
import { file, firewallService } from "../shared/entries";
import { HostRole, type HostRoleArgs } from "../shared/host-role";
import type { InputsOf } from "../shared/inputs";
import { acceptFrom } from "../shared/net";
import { NFTABLES_DIRECTORY, owned, RENEW_DIRECTORY } from "../shared/paths";
import { instance, instanceParts } from "../shared/postfix";
import { type RelayArgs, relaySettings, verifiesOthers } from "./args";
import { mainCf } from "./main-cf";
import { mtaStsParts } from "./mta-sts";
import { aliases, hostNames, mailboxDomains, mailboxes, masterCf, SMARTHOST_PASSWORDS, transports } from "./tables";

export type { RelayArgs } from "./args";

/** Everything the role wants of its host, but for the smarthost's login, which is secret. */
export function relayManifest(args: RelayArgs): Manifest {
  const s = relaySettings(args);
  const firewall = `${NFTABLES_DIRECTORY}/relay.nft`;
  const parts = instanceParts("relay", {
    "main.cf": mainCf(s),
    "master.cf": masterCf(s),
    aliases: aliases(s),
    mailboxes: mailboxes(s),
    mailbox_domains: mailboxDomains(s),
    host_names: hostNames(s),
    transport: transports(s),
  });
  const sts = verifiesOthers(s) ? mtaStsParts() : { packages: {}, files: {}, services: {}, health: [] };
  return manifest("relay", {
    ...parts,
    // The mechanisms PLAIN and LOGIN for the smarthost are a package of their own.
    packages: {
      ...parts.packages,
      ...sts.packages,
      ...(s.smarthostAuthenticates ? { "libsasl2-modules": "present" } : {}),
    },
    files: {
      ...parts.files,
      ...sts.files,
      [firewall]: file(`${owned("relay")}${acceptFrom(s.siteHosts, s.port)}`),
      [`${RENEW_DIRECTORY}/relay`]: file(`${owned("relay")}${instance("relay").unit}\n`),
    },
    services: {
      ...firewallService(firewall),
      ...sts.services,
      ...parts.services,
    },
    health: [{ kind: "tcp", address: "127.0.0.1", port: s.port, expect: "220", timeout: 30 }, ...sts.health],
  });
}

/** The relay on one host. */
export class Relay extends pulumi.ComponentResource {
  /** The role on the host. */
  public readonly role: HostRole;

  constructor(
    name: string,
    args: InputsOf<RelayArgs> & {
      /** The host. */
      host: pulumi.Input<HostConnection>;
      /** Login of the smarthost as `user:password`. Secret. */
      smarthostLogin?: pulumi.Input<string>;
    },
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("postfleet:mail:Relay", name, {}, opts);
    const { host, smarthostLogin, ...rest } = args;
    const wanted = pulumi.output(rest).apply((plain) => relayManifest(plain as RelayArgs));
    const secretFiles: HostRoleArgs["secretFiles"] =
      smarthostLogin === undefined
        ? {}
        : {
            [SMARTHOST_PASSWORDS]: {
              content: pulumi.interpolate`${owned("relay")}${rest.smarthost} ${smarthostLogin}\n`,
              mode: "0600",
              owner: "root",
              group: "root",
            },
          };
    this.role = new HostRole(name, { host, manifest: wanted, secretFiles }, { parent: this });
    this.registerOutputs({ role: this.role });
  }
}
