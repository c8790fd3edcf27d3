/** Which roles stand on a host, and in which order roles come up. */
import { REGISTRY } from "../roles";
import type { AnyRole, PlatformRole } from "../roles/define";
import type { HostSpec, SiteSpec } from "../site";
import { exchanges } from "./peers";

/** What an order is made from. */
type Ordered = { name: PlatformRole; needs: readonly { role: PlatformRole }[] };

/** The role that every host has, and that all others of the host stand on. */
export const BASE: PlatformRole = "host";

/** All roles, each after the base and everything it needs. */
export function rolloutOrder<R extends Ordered>(roles: readonly R[]): R[] {
  const order: R[] = [];
  const visit = (role: R, path: PlatformRole[]): void => {
    if (path.includes(role.name))
      throw new Error(`roles need each other in a circle: ${[...path, role.name].join(" -> ")}`);
    if (order.includes(role)) return;
    const names = role.needs.map((need) => need.role);
    for (const name of role.name === BASE ? names : [BASE, ...names]) {
      const needed = roles.find((one) => one.name === name);
      if (needed) visit(needed, [...path, role.name]);
    }
    order.push(role);
  };
  for (const role of roles) visit(role, []);
  return order;
}

/** Every role, in the order in which they come up. */
export const ORDER: readonly AnyRole[] = rolloutOrder(REGISTRY);

/** Every role on a host, in that order: those that the site file names, and those that follow from them. */
export function rolesOn(site: SiteSpec, host: HostSpec): AnyRole[] {
  const written = REGISTRY.filter(({ name }) => host.roles.some((role) => role === name));
  return ORDER.filter(
    (role) => role.implied?.({ site, roles: written, exchanges: exchanges(site, host) }) ?? written.includes(role),
  );
}

/** Whether anything on a host serves TLS with its certificate. */
export const servesTls = (site: SiteSpec, host: HostSpec): boolean =>
  rolesOn(site, host).some(({ tlsUnit }) => tlsUnit !== undefined);
