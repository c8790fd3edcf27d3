/** The whole examination of a site's DNS: what is asked of whom, and the findings put together. */

import { plan as planOf } from "../../plan";
import { inParallel } from "../../provider/dns/query";
import type { DnsRecord, KeyFacts } from "../../roles/shared/records";
import type { SiteSpec } from "../../site";
import type { Progress } from "../../system/progress";
import { delegation } from "./delegation";
import { checkDnssec } from "./dnssec";
import { exitStatus, type Finding, type Verdict } from "./finding";
import { checkKeys, checkPolicy } from "./policy";
import { checkRecords, withoutKeys } from "./record-sets";
import { checkReverse } from "./reverse";
import { checkSpf } from "./spf";
import { wantedRecords } from "./wanted";
import { AT_ONCE, Resolving, type World } from "./world";

/** What the command prints; the shape of `--json`, which stays as it is. */
export interface DnsReport {
  site: string;
  /** `stack`: values of keys were compared. `shape`: without a stack's state, keys only had to be there. */
  judgedBy: "stack" | "shape";
  resolvers: readonly string[];
  /** Zone -> the name servers that it is delegated to. */
  nameServers: Record<string, { name: string; addresses: string[] }[]>;
  /** Exit status of the command. */
  status: 0 | 1 | 2;
  counts: Partial<Record<Verdict, number>>;
  findings: Finding[];
}

/** How to examine a site. */
export interface CheckOptions {
  /** From the stack's state; undefined: keys are judged by their shape. */
  keys: KeyFacts | undefined;
  /** The resolvers are the public ones, which know nothing of private addresses. */
  publicResolvers: boolean;
  progress: Progress;
}

/** Examines all that the site has in DNS. */
export async function checkDns(site: SiteSpec, world: World, options: CheckOptions): Promise<DnsReport> {
  const { keys, progress } = options;
  const plan = planOf(site);
  const records = wantedRecords(plan, keys);
  const resolving = new Resolving(world);
  const zones = await progress.step("who serves the zones", () =>
    inParallel(plan.zones, AT_ONCE, ({ name }) => delegation(name, world)),
  );
  const policies = records.filter(({ name, type }) => type === "TXT" && name.startsWith("_mta-sts."));
  const pins = records.filter(({ name, type }) => type === "TLSA" && name.startsWith("_25._tcp."));
  const parts = [
    progress.step(`${records.length} record sets at name servers and ${world.resolvers.length} resolvers`, () =>
      checkRecords(
        records,
        zones,
        world,
        ({ type, name }) => keys === undefined && (type === "TLSA" || type === "CAA" || name.includes("._domainkey.")),
      ),
    ),
    progress.step("DNSSEC", () =>
      inParallel(zones, AT_ONCE, ({ name, servers }) =>
        checkDnssec(
          name,
          site.dns.dnssec,
          servers.map(({ address }) => address),
          world,
        ),
      ),
    ),
    progress.step("reverse names", () => checkReverse(plan.reverse, world, options.publicResolvers)),
    progress.step("lookups of SPF", () => checkSpf(site, records, resolving)),
    progress.step("policies of MTA-STS", () =>
      inParallel(policies, AT_ONCE, (record) => checkPolicy(site, record, world, resolving)),
    ),
    ...(keys === undefined || pins.length === 0
      ? []
      : [
          progress.step("keys of the MX hosts", async () => {
            const host = (record: DnsRecord) =>
              site.hosts.find(({ hostname }) => record.name === `_25._tcp.${hostname}`);
            const each = pins.map((record) =>
              checkKeys(
                record,
                world,
                [host(record)?.address, host(record)?.address6].filter((a) => a !== undefined),
              ),
            );
            return (await Promise.all(each)).flat();
          }),
        ]),
  ];
  const found = (await Promise.all(parts)).flat();
  const findings = [...zones.flatMap(({ trouble }) => trouble ?? []), ...withoutKeys(plan, keys), ...found];
  const counts: DnsReport["counts"] = {};
  for (const { verdict } of findings) counts[verdict] = (counts[verdict] ?? 0) + 1;
  return {
    site: site.site,
    judgedBy: keys === undefined ? "shape" : "stack",
    resolvers: world.resolvers,
    nameServers: Object.fromEntries(zones.map(({ name, nameServers }) => [name, nameServers])),
    status: exitStatus(findings),
    counts,
    findings,
  };
}
