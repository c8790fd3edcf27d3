/**
 * An authoritative name server for the site's zones: PowerDNS with zone files, RFC 1035, signed by itself, RFC 4033.
 * The zones are files so that a preview shows the very records that change.
 */
import { addressesOf, hostsWith, servesOwnZones } from "../../site";
import { defineRole, fromFacts } from "../derived";
import type { NameserverArgs } from "./args";
import { KEYS, keyFile, SERVED } from "./files";
import { nameserverParts } from "./manifest";
import { zoneFiles } from "./zone-file";

export type { NameserverArgs } from "./args";

export const nameserver = defineRole<NameserverArgs, "zones", { zoneKeys: "many" }>({
  name: "nameserver",
  component: "Nameserver",
  summary: "the site's zones, signed: MX, SPF, DKIM, DMARC, CAA, MTA-STS, TLS-RPT, TLSA, SRV",
  software: "PowerDNS",
  needs: [],
  hosts: { several: false, twins: "primary and secondaries" },
  records: ({ site, zones }) => {
    const hosts = servesOwnZones(site) ? hostsWith(site, "nameserver") : [];
    return zones.map((name) => ({
      name,
      type: "NS" as const,
      values: hosts.map((host) => `${host.hostname}.`),
      why: "who serves the zone",
      rfc: "RFC 1035",
      level: "required" as const,
    }));
  },
  packages: () => ["bind9-dnsutils", "pdns-backend-bind", "pdns-server"],
  listens: () => [
    { port: 53, protocol: "tcp", to: "world" },
    { port: 53, protocol: "udp", to: "world" },
  ],
  // Without the keys the registry's DS would point at nothing, and the domains would vanish.
  data: [
    {
      path: KEYS,
      what: "keys of the zones",
      backup: true,
      precious: true,
      loss: "nothing: the state has the keys too",
    },
    {
      path: SERVED,
      what: "zones as they are served",
      backup: true,
      precious: true,
      loss: "serials, which then begin anew",
    },
  ],
  secrets: {
    shape: { zoneKeys: "many" },
    refs: fromFacts([], ({ site, zones }) => ({
      zoneKeys: Object.fromEntries(
        (site.dns.dnssec ? zones : []).map((zone) => [
          zone,
          { kind: "key" as const, id: `zone-${zone}`, algorithm: "p256" as const },
        ]),
      ),
    })),
    files: ({ zoneKeys }) =>
      Object.fromEntries(
        Object.entries(zoneKeys).map(([zone, key]) => [
          keyFile(zone),
          { of: [key], content: (pem: string) => pem, mode: "0600", owner: "pdns", group: "pdns" },
        ]),
      ),
  },
  watch: [
    {
      what: "queries that could not be answered, since the start",
      argv: ["pdns_control", "show", "servfail-packets"],
      normal: { least: 0 },
    },
  ],
  update: { by: "reload", notice: "nothing: no query is dropped", twins: "in turn" },
  args: ({ site, host }) => ({ addresses: addressesOf([host]), dnssec: site.dns.dnssec }),
  late: fromFacts(["records"], ({ site, zones }, { records }) => ({ zones: zoneFiles(site, zones, records) })),
  manifest: nameserverParts,
});
