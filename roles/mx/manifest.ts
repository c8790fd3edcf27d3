/** What the edge MTA wants of its host, put together from its files. */
import { instanceParts } from "../shared/postfix";
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

/** The instance postfix@mx. */
export function mxParts(args: MxArgs) {
  const s = mxSettings(args);
  return {
    ...instanceParts("mx", {
      "main.cf": mainCf(s),
      "master.cf": masterCf(s),
      domains: domainsTable(s),
      recipients: recipientsTable(s),
      recipient_access: recipientAccess(s),
      helo_access: heloAccess(s),
      "postscreen_access.cidr": postscreenAccess(s),
      header_checks: headerChecks(s),
    }),
    health: [{ kind: "tcp" as const, address: "127.0.0.1", port: 25, expect: "220", timeout: 30 }],
  };
}
