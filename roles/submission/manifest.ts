/** What the message submission agent wants of its host, put together from its files. */
import { instanceParts } from "../shared/postfix";
import { holdStep } from "../shared/suspended";
import { type SubmissionArgs, submissionSettings } from "./args";
import { mainCf } from "./main-cf";
import {
  domainsTable,
  headerChecks,
  masterCf,
  recipientAccess,
  recipientsTable,
  sendersTable,
  siteSendersTable,
  suspendedTable,
} from "./tables";

/** The instance postfix@submission. */
export function submissionParts(args: SubmissionArgs) {
  const s = submissionSettings(args);
  const probe = { kind: "tcp" as const, address: "127.0.0.1", expect: "220", timeout: 30 };
  const parts = instanceParts("submission", {
    "main.cf": mainCf(s),
    "master.cf": masterCf(s),
    domains: domainsTable(s),
    recipients: recipientsTable(s),
    recipient_access: recipientAccess(s),
    suspended: suspendedTable(s),
    senders: sendersTable(s),
    site_senders: siteSendersTable(s),
    header_checks: headerChecks(s),
  });
  return {
    ...parts,
    prepare: [...parts.prepare, holdStep("submission", "suspended", ["465", "587"])],
    health: [
      { ...probe, port: 465, tls: true },
      { ...probe, port: 587 },
      { ...probe, port: s.sitePort },
    ],
  };
}
