/** The files of the role `nameserver`, each a pure function of its arguments. */
import { plainWord } from "../../quote/config";
import { owned } from "../shared/paths";
import { program } from "../shared/program";
import type { NameserverArgs } from "./args";

const ROLE = "nameserver";

/** Sources of the zones as written by the site, with a marker for the serial. */
export const SOURCES = "/etc/postfleet/nameserver";
/** Copies that are served. */
export const SERVED = "/var/lib/postfleet/zones";
/** Keys of the zones and what PowerDNS knows about them. */
export const KEYS = "/var/lib/postfleet/dnssec";
/** What stands in a source where the serial goes. */
const SERIAL_MARKER = "@SERIAL@";
const KEYS_DB = `${KEYS}/keys.db`;
/** Key of a zone, where the site gives one. */
export const keyFile = (zone: string) => `${SOURCES}/keys/${zone}.pem`;

/** /etc/powerdns/pdns.d/postfleet.conf, pdns.conf(5). It sorts after the package's bind.conf, and the last value wins. */
export function pdns(args: NameserverArgs): string {
  const secondaries = args.secondaries ?? [];
  return `${owned(ROLE)}
launch=bind
bind-config=${SOURCES}/named.conf
bind-dnssec-db=${KEYS_DB}

# The host's own addresses only: loopback belongs to its resolver.
local-address=${args.addresses.map(plainWord).join(", ")}

# The whole zone only for our secondaries.
${secondaries.length > 0 ? `allow-axfr-ips=${secondaries.map(plainWord).join(", ")}\nprimary=yes` : "disable-axfr=yes"}

# Nobody needs to know the version.
version-string=anonymous
api=no
webserver=no
# An answer that fits one packet on any path; larger ones go over TCP. RFC 9715
udp-truncation-threshold=1232
`;
}

/** named.conf of the bind backend: which zones there are. */
export const named = (args: NameserverArgs) =>
  `${owned(ROLE, "//")}${args.zones
    .map(({ name }) => `zone "${plainWord(name)}" { type primary; file "${SERVED}/${name}.zone"; };\n`)
    .join("")}`;

/**
 * /usr/local/lib/postfleet/zones: check, render, sign. The serial is made here, since only the host knows which one it
 * served last; a rollback raises it again, so that secondaries follow.
 */
export const script = (args: NameserverArgs) =>
  program(ROLE, "zones.sh", {
    values: { SOURCES, SERVED, KEYS_DB, SERIAL: SERIAL_MARKER },
    flags: { dnssec: args.dnssec ?? true },
  });

/** /etc/systemd/system/pdns.service.d/postfleet.conf: zones are rendered before the start, and a reload drops no query. */
export const unit = (_args: NameserverArgs) => `${owned(ROLE)}
[Service]
ExecStartPre=+/usr/local/lib/postfleet/zones render
ExecReload=+/usr/local/lib/postfleet/zones reload
`;
