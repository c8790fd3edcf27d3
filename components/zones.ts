/** The site's zones at whoever serves them: OVH, a PowerDNS of somebody else, or the operator by hand. */
import type * as pulumi from "@pulumi/pulumi";
import { zoneNames } from "../plan/dns/zones";
import type { BackendSpec } from "../provider/dns/zone/contract";
import type { DnsRecord } from "../roles/shared/records";
import type { SiteSpec } from "../site";
import { recordsByZone, Zone } from "./resources/zone";

/** Who serves the zones; undefined where the site's own name servers do, whose role brings them along. */
function backendOf(site: SiteSpec): BackendSpec | undefined {
  const { provider, api } = site.dns;
  if (provider !== "powerdns") return { kind: provider };
  return api && { kind: "powerdns", ...api };
}

/** One resource a zone, by its name. */
export function declareZones(
  site: SiteSpec,
  records: pulumi.Output<DnsRecord[]>,
  options: pulumi.CustomResourceOptions,
): Map<string, Zone> {
  const backend = backendOf(site);
  if (!backend) return new Map();
  const { ttl } = site.dns;
  // Elsewhere signing is no switch of the zone: the server's configuration decides.
  const dnssec = backend.kind === "ovh" && site.dns.dnssec ? { dnssec: true as const } : {};
  // Once for all of them: a thousand zones would otherwise each look through the records of all.
  const byZone = records.apply(recordsByZone);
  return new Map(
    zoneNames(site).map((zone) => {
      const own = byZone.apply((all) => all.get(zone) ?? {});
      return [zone, new Zone(zone, { zone, backend, ttl, ...dnssec, records: own }, options)] as const;
    }),
  );
}
