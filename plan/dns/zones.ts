/** The zones of a site, and which of them a name belongs to. */
import type { SiteSpec } from "../../site/types";

/** Looks names up in a site's zones; quick also where there are thousands. */
export interface Zones {
  /** Its domains, less those below another one, whose records live in the parent's zone. In the order of the file. */
  names: string[];
  /** The zone of a name; undefined where it is somebody else's. */
  of(name: string): string | undefined;
}

/** The zones of a site. */
export function zonesOf(site: SiteSpec): Zones {
  const domains = new Set(site.domains.map((domain) => domain.name));
  const of = (name: string): string | undefined => {
    const labels = name.split(".");
    // From the shortest ending on, so that the uppermost domain is found.
    for (let count = 1; count <= labels.length; count++) {
      const ending = labels.slice(-count).join(".");
      if (domains.has(ending)) return ending;
    }
    return undefined;
  };
  return { names: [...domains].filter((name) => of(name) === name), of };
}

/** The names of a site's zones. */
export const zoneNames = (site: SiteSpec): string[] => zonesOf(site).names;
