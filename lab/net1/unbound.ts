/** Unbound on net1, the validating resolver of all hosts; and what makes a resolver on any host believe the lab's root. */
import type { LabFiles } from "../identity";
import { AUTHORITY, ipv4, ipv6, RESOLVER, SUBNET4, SUBNET6 } from "../plan";
import { dnskey } from "./dnssec";
import { ROOT_SERVER } from "./zones";

/**
 * The files of dns-root-data, which the base image diverts; and unbound told that the lab's private addresses are its
 * Internet: by itself it answers reverse lookups for them with "no such name", RFC 6303.
 */
export function rootFiles(rootKey: string): LabFiles {
  return {
    "/usr/share/dns/root.hints": {
      content: `. 3600000 NS ${ROOT_SERVER}\n${ROOT_SERVER} 3600000 A ${ipv4(AUTHORITY)}\n${ROOT_SERVER} 3600000 AAAA ${ipv6(AUTHORITY)}\n`,
    },
    "/usr/share/dns/root.key": { content: `. IN DNSKEY ${dnskey(rootKey)}\n` },
    "/etc/unbound/unbound.conf.d/lab.conf": {
      content: `# The lab's private addresses are its Internet: reverse lookups go to its DNS root.
server:
    unblock-lan-zones: yes
    root-hints: /usr/share/dns/root.hints
`,
    },
  };
}

/** The resolver's settings: it forgets quickly, because hosts of the lab come and go. */
export const resolverConfig = (): string => `server:
    interface: 127.0.0.1
    interface: ${RESOLVER.ipv4}
    interface: ${RESOLVER.ipv6}
    access-control: ${SUBNET4} allow
    access-control: ${SUBNET6} allow
    num-threads: 1
    cache-max-ttl: 5
    cache-max-negative-ttl: 5
    val-bogus-ttl: 5
    infra-host-ttl: 5
    infra-keep-probing: yes
    # The names of IPv6 addresses have 34 labels, and no zone of the lab is cut between the first and the last of them.
    max-global-quota: 2000
    msg-cache-size: 4m
    rrset-cache-size: 8m
`;
