/**
 * Role `submission`: postfix@submission, mail from the site's own people on 465 and 587 (RFC 6409, RFC 8314).
 *
 * Nobody speaks without TLS, nobody sends without a login, nobody sends as somebody else. The filter signs and limits;
 * the relay carries on.
 */
import type * as pulumi from "@pulumi/pulumi";
import { manifestOf, type RoleArgs, RoleComponent } from "../../components/resources/role-component";
import { type Manifest, manifest } from "../../provider/manifest";
import { file, firewallService } from "../shared/entries";
import { acceptFrom } from "../shared/net";
import { NFTABLES_DIRECTORY, owned, RENEW_DIRECTORY } from "../shared/paths";
import { instance, instanceParts } from "../shared/postfix";
import { type SubmissionArgs, submissionSettings } from "./args";
import { mainCf } from "./main-cf";
import { domainsTable, headerChecks, masterCf, recipientsTable, sendersTable } from "./tables";

export type { SubmissionArgs } from "./args";

/** Everything the role wants of its host. */
export function submissionManifest(args: SubmissionArgs): Manifest {
  const s = submissionSettings(args);
  const firewall = `${NFTABLES_DIRECTORY}/submission.nft`;
  const parts = instanceParts("submission", {
    "main.cf": mainCf(s),
    "master.cf": masterCf(s),
    domains: domainsTable(s),
    recipients: recipientsTable(s),
    senders: sendersTable(s),
    header_checks: headerChecks(s),
  });
  const address = "127.0.0.1";
  return manifest("submission", {
    ...parts,
    files: {
      ...parts.files,
      [firewall]: file(`${owned("submission")}tcp dport { 465, 587 } accept\n${acceptFrom(s.siteHosts, s.sitePort)}`),
      [`${RENEW_DIRECTORY}/submission`]: file(`${owned("submission")}${instance("submission").unit}\n`),
    },
    services: {
      ...firewallService(firewall),
      ...parts.services,
    },
    health: [
      { kind: "tcp", address, port: 465, expect: "220", tls: true, timeout: 30 },
      { kind: "tcp", address, port: 587, expect: "220", timeout: 30 },
      { kind: "tcp", address, port: s.sitePort, expect: "220", timeout: 30 },
    ],
  });
}

/** The message submission agent on one host. */
export class Submission extends RoleComponent {
  constructor(name: string, { host, ...args }: RoleArgs<SubmissionArgs>, opts?: pulumi.ComponentResourceOptions) {
    super("postfleet:mail:Submission", name, { host, manifest: manifestOf(submissionManifest, args) }, opts);
  }
}
