/** The public names of the site's services: clients, certificates, DNS and autoconfig agree here. */
import { primaryDomain, type SiteSpec } from "../../site";

/** Names that clients are told to connect to. */
export function clientNames(site: SiteSpec): { imap: string; smtp: string; webmail: string } {
  const primary = primaryDomain(site) || "invalid";
  return { imap: `imap.${primary}`, smtp: `smtp.${primary}`, webmail: site.webmail.name };
}

/** Labels below every mail domain that the webmail's hosts answer for. */
export const WEBMAIL_LABELS = ["mta-sts", "autoconfig", "autodiscover"];
