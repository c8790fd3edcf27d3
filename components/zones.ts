/** The site's zones at whoever serves them: OVH, a PowerDNS of somebody else, or the operator by hand. */
import type * as pulumi from "@pulumi/pulumi";
import type { BackendSpec } from "../provider/dns/zone/model";
import type { SiteSpec } from "../site";
import { recordSet, zoneNames } from "./dns/records";
import { Zone, zoneRecords } from "./dns/zone";
import { dnsFacts, type SiteParts } from "./placement";

/** Who serves the zones; undefined where the site's own name servers do, whose role brings them along. */
function backendOf(site: SiteSpec): BackendSpec | undefined {
  const { provider, api } = site.dns;
  if (provider !== "powerdns") return { kind: provider };
  return api && { kind: "powerdns", ...api };
}

/** One resource a zone, by its name. */
export function siteZones(parts: SiteParts, options: pulumi.CustomResourceOptions): Map<string, Zone> {
  const { site } = parts;
  const backend = backendOf(site);
  if (!backend) return new Map();
  const records = dnsFacts(parts).apply((facts) => recordSet(site, facts));
  return new Map(
    zoneNames(site).map((zone) => {
      const own = records.apply((all) => zoneRecords(all, zone));
      return [zone, new Zone(zone, { zone, backend, ttl: site.dns.ttl, records: own }, options)] as const;
    }),
  );
}
