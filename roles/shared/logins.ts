/** Where people log in. */
import { addressesOf, type HostSpec, presentHosts, type SiteSpec } from "../../site";

/** TCP ports of logins by role: the mailstore's with POP3 when it is offered. */
const PORTS_OF_LOGINS = { submission: [465, 587], mailstore: [993, 4190], webmail: [443] } as const;
type LoginRole = keyof typeof PORTS_OF_LOGINS;

/** Roles that take logins. */
export const LOGIN_ROLES = Object.keys(PORTS_OF_LOGINS) as LoginRole[];

/** Whether people log in on a host. */
export const hasLogins = ({ roles }: Pick<HostSpec, "roles">): boolean =>
  LOGIN_ROLES.some((role) => roles.includes(role));

/** Addresses and networks that no guess of passwords shuts out: the site's own hosts, and whom the site file allows. */
export const neverBanned = (site: SiteSpec): string[] => [...addressesOf(presentHosts(site)), ...site.bans.allow];

/** The ports at which people log in to some roles, in order. */
export function loginPorts(site: SiteSpec, roles: readonly string[]): number[] {
  const named = LOGIN_ROLES.filter((role) => roles.includes(role));
  const pop3 = site.mailstore.pop3 && named.includes("mailstore") ? [995] : [];
  return [...named.flatMap((role): readonly number[] => PORTS_OF_LOGINS[role]), ...pop3].sort((a, b) => a - b);
}
