/** What the message submission agent wants of its host, put together from its files. */
import { instanceParts } from "../shared/postfix";
import { type SubmissionArgs, submissionSettings } from "./args";
import { mainCf } from "./main-cf";
import { domainsTable, headerChecks, masterCf, recipientsTable, sendersTable, siteSendersTable } from "./tables";

/** The instance postfix@submission. */
export function submissionParts(args: SubmissionArgs) {
  const s = submissionSettings(args);
  const probe = { kind: "tcp" as const, address: "127.0.0.1", expect: "220", timeout: 30 };
  return {
    ...instanceParts("submission", {
      "main.cf": mainCf(s),
      "master.cf": masterCf(s),
      domains: domainsTable(s),
      recipients: recipientsTable(s),
      senders: sendersTable(s),
      site_senders: siteSendersTable(s),
      header_checks: headerChecks(s),
    }),
    health: [
      { ...probe, port: 465, tls: true },
      { ...probe, port: 587 },
      { ...probe, port: s.sitePort },
    ],
  };
}
