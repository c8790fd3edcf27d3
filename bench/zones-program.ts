/** The Pulumi program of the benchmark of zones: all zones of a site, declared as a site declares them. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { PostfleetProvider } from "../components/resources/keys";
import { declareZones } from "../components/zones";
import { recordSet } from "../plan/dns/records";
import type { OvhConfig } from "../provider/ovh/settings";
import { loadSite } from "../site";
import { factsOf } from "./zones-site";

/** Names in the project's folder. */
export const SITE_FILE = "site.yaml";
export const OVH_FILE = "ovh.json";

/** Declares the zones of the site in this folder. */
export function declareSiteZones(directory: string): void {
  const site = loadSite(join(directory, SITE_FILE));
  const ovh = JSON.parse(readFileSync(join(directory, OVH_FILE), "utf8")) as OvhConfig;
  const provider = new PostfleetProvider("postfleet", { hosts: {}, ovh: pulumi.secret(ovh) });
  const records = pulumi.output(factsOf(site)).apply((facts) => recordSet(site, facts));
  declareZones(site, records, { provider });
}
