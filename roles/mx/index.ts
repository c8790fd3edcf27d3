/**
 * Role `mx`: postfix@mx, the edge to the Internet on port 25 (RFC 5321).
 *
 * It knows every recipient, asks the filter before it says 250, and hands accepted mail to the relay. It delivers nothing
 * and trusts no client by its address.
 */
import type * as pulumi from "@pulumi/pulumi";
import { manifestOf, type RoleArgs, RoleComponent } from "../../components/resources/role-component";
import { type Manifest, manifest } from "../../provider/manifest";
import { file, firewallService } from "../shared/entries";
import { NFTABLES_DIRECTORY, owned, RENEW_DIRECTORY } from "../shared/paths";
import { instance, instanceParts } from "../shared/postfix";
import { type MxArgs, mxSettings } from "./args";
import { mainCf } from "./main-cf";
import {
  domainsTable,
  headerChecks,
  heloAccess,
  masterCf,
  postscreenAccess,
  recipientAccess,
  recipientsTable,
} from "./tables";

export type { MxArgs } from "./args";

/** Everything the role wants of its host. */
export function mxManifest(args: MxArgs): Manifest {
  const s = mxSettings(args);
  const firewall = `${NFTABLES_DIRECTORY}/mx.nft`;
  const parts = instanceParts("mx", {
    "main.cf": mainCf(s),
    "master.cf": masterCf(s),
    domains: domainsTable(s),
    recipients: recipientsTable(s),
    recipient_access: recipientAccess(s),
    helo_access: heloAccess(s),
    "postscreen_access.cidr": postscreenAccess(s),
    header_checks: headerChecks(s),
  });
  return manifest("mx", {
    ...parts,
    files: {
      ...parts.files,
      [firewall]: file(`${owned("mx")}tcp dport 25 accept\n`),
      [`${RENEW_DIRECTORY}/mx`]: file(`${owned("mx")}${instance("mx").unit}\n`),
    },
    services: {
      ...firewallService(firewall),
      ...parts.services,
    },
    health: [{ kind: "tcp", address: "127.0.0.1", port: 25, expect: "220", timeout: 30 }],
  });
}

/** The edge MTA on one host. */
export class Mx extends RoleComponent {
  constructor(name: string, { host, ...args }: RoleArgs<MxArgs>, opts?: pulumi.ComponentResourceOptions) {
    super("postfleet:mail:Mx", name, { host, manifest: manifestOf(mxManifest, args) }, opts);
  }
}
