/**
 * What net1 gets while OVH's side is up: delegations of its zones, and a robot that follows their CDS records. They are
 * not in net1's own files, because then the whole Internet of the lab would be made anew with OVH.
 */
import type { LabFiles } from "../identity";
import { AUTHORITY, ipv4, ipv6, OVH_ADDITIONAL, OVH_DOMAINS, OVH_NAMESERVERS, OVH_SERVERS } from "../plan";
import { type Registered, registryFiles } from "./registry";
import { reverse4, reverse6 } from "./zones";

/** Reverse zones at OVH, one an address: zone -> address. */
export function reverseZones(): Record<string, string> {
  const numbers = [...OVH_SERVERS.map(({ number }) => number), OVH_ADDITIONAL];
  return Object.fromEntries([
    ...numbers.map((number) => [reverse4(number).slice(0, -1), ipv4(number)]),
    ...OVH_SERVERS.map(({ number }) => [reverse6(number).slice(0, -1), ipv6(number)]),
  ]);
}

/** Commands for knotc(8) by parent zone. */
function delegations(): Record<string, string[]> {
  const servers = Object.entries(OVH_NAMESERVERS);
  const delegation = (zone: string) => servers.map(([name]) => `${zone}. 5 NS ${name}.`);
  const glue = servers.flatMap(([name, number]) => [`${name}. 5 A ${ipv4(number)}`, `${name}. 5 AAAA ${ipv6(number)}`]);
  return {
    "example.": [...["ovh.example", ...OVH_DOMAINS].flatMap(delegation), ...glue],
    "arpa.": Object.keys(reverseZones()).flatMap(delegation),
  };
}

/** One transaction of knotc(8) a parent zone. */
const transactions = (commands: (zone: string, records: string[]) => string[]): string =>
  Object.entries(delegations())
    .flatMap(([zone, records]) => [`zone-begin ${zone}`, ...commands(zone, records), `zone-commit ${zone}`])
    .map((command) => `knotc ${command} >/dev/null\n`)
    .join("");

const setting = (): string => transactions((zone, records) => records.map((record) => `zone-set ${zone} ${record}`));

/** Everything at a name goes, the DS too that secures its delegation. */
const removal = (): string =>
  transactions((zone, records) =>
    [...new Set(records.map((record) => record.split(" ")[0]))].map((owner) => `zone-unset ${zone} ${owner}`),
  );

/** A knot that was started again has forgotten what is not in its files. */
const delegate = (): string => `#!/bin/sh
# Delegates OVH's zones, where they are not.
set -e
if kdig +noall +authority +answer +norec @${ipv4(AUTHORITY)} ${OVH_DOMAINS[0]} NS | grep -q 'NS'; then exit 0; fi
${setting()}unbound-control flush_zone example >/dev/null
unbound-control flush_zone arpa >/dev/null
`;

const UNIT = "lab-ovh-registry";
const DELEGATE = "/usr/local/sbin/lab-ovh-delegate";

const OVH: Registered = { server: ipv4(OVH_NAMESERVERS["dns.ovh.example"]), domains: OVH_DOMAINS };

const files = (): LabFiles => ({
  [DELEGATE]: { content: delegate(), mode: 0o755 },
  ...registryFiles(UNIT, "OVH's zones", OVH, [DELEGATE]),
});

/** Lines of sh(1) for a running net1: OVH's zones are found from now on. */
export const ovhRegistrySetup = (): string =>
  `set -e\n${Object.entries(files())
    .map(([path, { content, mode = 0o644 }]) => {
      return `cat > ${path} <<'LAB_END'\n${content}LAB_END\nchmod ${mode.toString(8)} ${path}\n`;
    })
    .join("")}systemctl daemon-reload
systemctl --quiet enable --now ${UNIT}.timer
systemctl start ${UNIT}.service
`;

/** Lines of sh(1) that undo it. */
export const ovhRegistryRemoval = (): string => `systemctl --quiet disable --now ${UNIT}.timer 2>/dev/null || true
rm -f ${Object.keys(files()).join(" ")}
systemctl daemon-reload
${removal()}unbound-control flush_zone example >/dev/null
unbound-control flush_zone arpa >/dev/null
`;
