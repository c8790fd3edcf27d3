/** The public names of the site's services: DNS, certificates, autoconfig and the rules about names agree here. */
import type { RoleName, SiteSpec } from "./types";

/** A name under which every host of a role answers. */
export interface ServiceName {
  name: string;
  role: RoleName;
  /** The domain that it is derived from; absent where the file names it. */
  domain?: string;
}

/** Names that every mail domain has of its own, all served by the webmail's hosts. */
const OF_DOMAINS = ["mta-sts", "autoconfig", "autodiscover"];

/** All service names, whether or not a host has the role. */
export function siteServiceNames(site: SiteSpec): ServiceName[] {
  const primary = site.domains[0]?.name;
  if (primary === undefined) return [];
  const mail = site.domains.filter((domain) => domain.mail);
  return [
    { name: `imap.${primary}`, role: "mailstore", domain: primary },
    { name: `smtp.${primary}`, role: "submission", domain: primary },
    { name: site.webmail.name, role: "webmail" },
    ...mail.flatMap(({ name: domain }) =>
      OF_DOMAINS.map((label): ServiceName => ({ name: `${label}.${domain}`, role: "webmail", domain })),
    ),
  ];
}
