/**
 * Role `relay`: postfix@relay, the middle of the site. It takes mail from mx and submission, knows where each address
 * leads, delivers to the mailstore by LMTP (RFC 2033), and keeps the queue to the world, whose servers it verifies by DANE and MTA-STS.
 */
import * as pulumi from "@pulumi/pulumi";
import { manifestOf, type RoleArgs, RoleComponent } from "../../components/resources/role-component";
import { type Manifest, manifest } from "../../provider/manifest";
import { file, firewallService, secretFile } from "../shared/entries";
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

/** Secrets of the role. */
export interface RelaySecrets {
  /** Login of the smarthost as `user:password`. */
  smarthostLogin?: pulumi.Input<string>;
}

/** The relay on one host. */
export class Relay extends RoleComponent {
  constructor(
    name: string,
    { host, smarthostLogin, ...args }: RoleArgs<RelayArgs> & RelaySecrets,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    const secretFiles =
      smarthostLogin === undefined
        ? undefined
        : {
            [SMARTHOST_PASSWORDS]: secretFile(
              pulumi.interpolate`${owned("relay")}${args.smarthost} ${smarthostLogin}\n`,
            ),
          };
    super("postfleet:mail:Relay", name, { host, manifest: manifestOf(relayManifest, args), secretFiles }, opts);
  }
}
