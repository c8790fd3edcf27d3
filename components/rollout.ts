/**
 * In which order roles come up. Each role names what it needs before it can work; everything else follows from that.
 *
 * A need is met by every host that has the role: the MX waits for all relays, wherever they are.
 */

/** Roles as the platform sees them, with those that no site file names. */
export type PlatformRole =
  | "host"
  | "nameserver"
  | "certificates"
  | "filter"
  | "mailstore"
  | "relay"
  | "submission"
  | "mx"
  | "webmail"
  | "backup"
  | "backup-client";

/** What a role needs, and why. `host` is needed by every role and therefore not repeated. */
export const NEEDS: Record<PlatformRole, readonly PlatformRole[]> = {
  host: [],
  // The CA asks the nameservers before it asks the host.
  certificates: ["nameserver"],
  nameserver: [],
  // Mail is signed when the name servers show the keys.
  filter: ["nameserver"],
  // It teaches the filter later on, and does not need it to start.
  mailstore: ["certificates"],
  relay: ["certificates", "mailstore"],
  // SASL is the mailstore's; accepted mail goes to the relay at once.
  submission: ["certificates", "filter", "mailstore", "relay"],
  // Last of the MTAs: it opens the door only when everything behind it works.
  mx: ["certificates", "filter", "relay"],
  webmail: ["certificates", "mailstore", "submission"],
  backup: [],
  // After the roles that say what to back up, and after the place it goes to.
  "backup-client": ["backup", "mailstore", "nameserver"],
};

/** All roles, each after everything it needs. */
export function rolloutOrder(needs: Record<PlatformRole, readonly PlatformRole[]> = NEEDS): PlatformRole[] {
  const order: PlatformRole[] = [];
  const visit = (role: PlatformRole, path: PlatformRole[]): void => {
    if (path.includes(role)) throw new Error(`roles need each other in a circle: ${[...path, role].join(" -> ")}`);
    if (order.includes(role)) return;
    for (const need of needs[role]) visit(need, [...path, role]);
    order.push(role);
  };
  for (const role of Object.keys(needs) as PlatformRole[]) visit(role, []);
  return order;
}
