/** MTA-STS, RFC 8461: the policy served at https://mta-sts.<domain>/.well-known/mta-sts.txt, and its id in DNS. */
import { createHash } from "node:crypto";
import type { SiteSpec } from "../../site";
import { hostsWith } from "../../site";

/** The policy file; the same for every domain of the site, since all share the MX hosts. Lines end with CRLF. */
export function mtaStsPolicy(site: SiteSpec): string {
  const mx = hostsWith(site, "mx").map((host) => `mx: ${host.hostname}`);
  // A week: senders that saw the policy once refuse an unencrypted or forged MX for that long.
  return ["version: STSv1", "mode: enforce", ...mx, "max_age: 604800", ""].join("\r\n");
}

/** Id of the policy: it changes when, and only when, the policy does. */
export const mtaStsId = (site: SiteSpec) => createHash("sha256").update(mtaStsPolicy(site)).digest("hex").slice(0, 20);
