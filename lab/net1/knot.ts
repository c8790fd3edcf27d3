/** Knot DNS on net1: the authoritative server of the lab's zones, which signs them with the keys it is given. */
import { AUTHORITY, ipv4, ipv6 } from "../plan";
import { rootAddresses } from "./addresses";
import type { Zone } from "./zones";

const ZONES = "/var/lib/knot/zones";
const KEYS = "/etc/knot/keys";

const base = (zone: string): string => (zone === "." ? "root" : zone.slice(0, -1));
export const zonePath = (zone: string): string => `${ZONES}/${base(zone)}.zone`;
export const zoneKeyPath = (zone: string): string => `${KEYS}/${base(zone)}.pem`;

/** knot.conf(5). Addresses are listed one by one: the resolver has the same port on another address of the host. */
export function knotConfig(zones: Zone[]): string {
  const roots = rootAddresses();
  const listen = [ipv4(AUTHORITY), ipv6(AUTHORITY), ...roots.ipv4, ...roots.ipv6];
  return `server:
    rundir: "/run/knot"
    user: knot:knot
    listen: [ ${listen.map((address) => `${address}@53`).join(", ")} ]

log:
  - target: syslog
    any: info

database:
    storage: "/var/lib/knot"

policy:
  # The keys are given and stay for ever: the hosts' trust anchor is one of them.
  - id: given
    manual: on
    single-type-signing: on
    algorithm: ecdsap256sha256
    cds-cdnskey-publish: none

template:
  # The files are written by \`lab up\`; signatures and the registry's DS records live in the journal.
  - id: default
    zonefile-sync: -1
    zonefile-load: difference-no-serial
    journal-content: all
    dnssec-signing: on
    dnssec-policy: given

zone:
${zones.map(({ name }) => `  - domain: "${name}"\n    file: "${zonePath(name)}"\n`).join("")}`;
}

/** Shell lines run once in a new net1 before it boots: the given keys go into knot's key store. */
export function importKeys(zones: Zone[]): string {
  const imports = zones.map(
    ({ name }) => `keymgr ${name} import-pem ${zoneKeyPath(name)} algorithm=ECDSAP256SHA256 ksk=yes zsk=yes >/dev/null`,
  );
  // keymgr works as the user knot.
  return `chown -R knot:knot /var/lib/knot ${KEYS}\n${imports.join("\n")}\n`;
}
