/** The Pulumi program of the benchmark of zones: all zones of a site, declared as a site declares them. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { PostfleetProvider } from "../components/resources/keys";
import { declareZones } from "../components/zones";
import { loadSite, plan } from "../plan";
import { fill } from "../plan/dns/fill";
import type { OvhConfig } from "../provider/ovh/settings";
import { keysOf } from "./zones-site";

/** Names in the project's folder. */
export const SITE_FILE = "site.yaml";
export const OVH_FILE = "ovh.json";

/** Declares the zones of the site in this folder. */
export function declareSiteZones(directory: string): void {
  const site = loadSite(join(directory, SITE_FILE));
  const ovh = JSON.parse(readFileSync(join(directory, OVH_FILE), "utf8")) as OvhConfig;
  const provider = new PostfleetProvider("postfleet", { hosts: {}, ovh: pulumi.secret(ovh) });
  const planned = plan(site);
  const filled = pulumi.output(keysOf(planned)).apply((keys) => fill(planned.records, keys));
  declareZones(site, filled, { provider });
}
