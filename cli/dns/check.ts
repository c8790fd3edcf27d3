/** The whole examination of a site's DNS: what is asked of whom, and the findings put together. */
import { type DnsFacts, type DnsRecord, zoneNames, zonesOf } from "../../components/dns/records";
import type { Progress } from "../../lab/progress";
import { DnsError, type EachAnswer, inParallel } from "../../provider/dns/query";
import type { SiteSpec } from "../../site";
import { textOf } from "./canonical";
import { checkDnssec } from "./dnssec";
import { exitStatus, type Finding, type Verdict } from "./finding";
import { judge } from "./judge";
import { checkKeys, checkPolicy } from "./policy";
import { checkReverse } from "./reverse";
import { judgeSpf, spfTerms } from "./spf";
import { wantedRecords } from "./wanted";
import { Resolving, type World } from "./world";

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

/** Record sets in work at the same time; each is asked of all servers at once. */
const AT_ONCE = 12;

/** One address of a name server, under the name by which people know it. */
interface Server {
  label: string;
  address: string;
}

interface Zone {
  name: string;
  nameServers: { name: string; addresses: string[] }[];
  servers: Server[];
  /** The zone cannot be looked at. */
  trouble?: Finding;
}

/** Who serves a zone, or why nobody knows. */
async function delegation(name: string, world: World): Promise<Zone> {
  let problem: unknown;
  for (const resolver of world.resolvers) {
    try {
      const nameServers = await world.nameServers(name, resolver);
      const servers = nameServers.flatMap((server) =>
        server.addresses.map((address) => ({ label: `${server.name} (${address})`, address })),
      );
      return { name, nameServers, servers };
    } catch (error) {
      if (!(error instanceof DnsError)) throw error;
      problem = error;
      // The resolver did answer: the zone has no name servers.
      if (error.failure === "question") break;
    }
  }
  const error = problem as DnsError;
  const trouble: Finding = {
    kind: "record",
    zone: name,
    subject: `${name} delegation`,
    verdict: error.failure === "question" ? "missing" : "unknown",
    level: "required",
    why: "without name servers nothing of the zone can be found",
    rfc: "RFC 1034 §4.2",
    wanted: [],
    found: [{ server: error.server, problem: error.message }],
    notes: [],
    todo: error.failure === "question" ? "register the zone, and give its name servers to the registrar" : error.hint,
  };
  return { name, nameServers: [], servers: [], trouble };
}

async function hear(servers: Server[], record: DnsRecord, world: World): Promise<EachAnswer[]> {
  return Promise.all(
    servers.map(async ({ label, address }): Promise<EachAnswer> => {
      try {
        return { server: label, answer: await world.ask(address, record.name, record.type) };
      } catch (error) {
        if (error instanceof DnsError) return { server: label, error };
        throw error;
      }
    }),
  );
}

/** Without a stack nobody knows which selectors are in use by now: a first one that is gone proves nothing. */
function withoutStack(finding: Finding): Finding {
  const missing = finding.verdict === "missing" && finding.subject.includes("._domainkey.");
  const notes = [...finding.notes, "judged by its shape: the value is known to the stack"];
  if (!missing) return { ...finding, notes };
  return {
    ...finding,
    notes,
    verdict: "unknown",
    todo: "name the stack (--stack): it knows the selectors in use by now",
  };
}

async function checkRecords(
  records: DnsRecord[],
  zones: Zone[],
  world: World,
  shapeOnly: (record: DnsRecord) => boolean,
): Promise<Finding[]> {
  const resolvers = world.resolvers.map((address) => ({ label: address, address }));
  return inParallel(records, AT_ONCE, async (record) => {
    const servers = zones.find(({ name }) => name === record.zone)?.servers ?? [];
    const [authoritative, public_] = await Promise.all([hear(servers, record, world), hear(resolvers, record, world)]);
    const finding = judge(record, { authoritative, resolvers: public_ });
    return shapeOnly(record) ? withoutStack(finding) : finding;
  });
}

/** Mail domains for which the stack has no key yet: they are in the site file, and not deployed. */
function withoutKeys(site: SiteSpec, facts: DnsFacts | undefined): Finding[] {
  if (facts === undefined) return [];
  const signed = new Set(facts.dkim.map(({ domain }) => domain));
  const zones = zonesOf(site);
  return site.domains
    .filter(({ mail, name }) => mail && !signed.has(name))
    .map(({ name }) => ({
      kind: "record",
      zone: zones.of(name) ?? "",
      subject: `${name} DKIM`,
      verdict: "missing",
      level: "required",
      why: "mail of the domain is not signed",
      rfc: "RFC 6376",
      wanted: ["a key"],
      found: [],
      notes: ["the stack has no key for this domain yet"],
      todo: "postfleet deploy makes it",
    }));
}

/** SPF of every mail domain, as it is wanted: what is published instead is another finding. */
async function checkSpf(site: SiteSpec, records: DnsRecord[], resolving: Resolving): Promise<Finding[]> {
  const domains = new Set(site.domains.filter(({ mail }) => mail).map(({ name }) => name));
  const own = records.filter(({ name, type }) => type === "TXT" && domains.has(name));
  const found = own.flatMap((record) =>
    record.values
      .map(textOf)
      .filter((text) => text.startsWith("v=spf1"))
      .map((text) => ({ record, text })),
  );
  return inParallel(found, AT_ONCE, async ({ record, text }) => {
    const zone = record.zone ?? "";
    try {
      return judgeSpf(
        record.name,
        zone,
        text,
        await spfTerms(text, record.name, (name, type) => resolving.values(name, type)),
      );
    } catch (error) {
      if (!(error instanceof DnsError)) throw error;
      const unknown = { ...judgeSpf(record.name, zone, text, []), verdict: "unknown" as const };
      return {
        ...unknown,
        notes: [error.message],
        todo: "the names that it includes could not be looked up: ask again later",
      };
    }
  });
}

/** How to examine a site. */
export interface CheckOptions {
  /** From the stack's state; undefined: keys are judged by their shape. */
  facts: DnsFacts | undefined;
  /** The resolvers are the public ones, which know nothing of private addresses. */
  publicResolvers: boolean;
  progress: Progress;
}

/** Examines all that the site has in DNS. */
export async function checkDns(site: SiteSpec, world: World, options: CheckOptions): Promise<DnsReport> {
  const { facts, progress } = options;
  const records = wantedRecords(site, facts);
  const resolving = new Resolving(world);
  const zones = await progress.step("who serves the zones", () =>
    inParallel(zoneNames(site), AT_ONCE, (name) => delegation(name, world)),
  );
  const policies = records.filter(({ name, type }) => type === "TXT" && name.startsWith("_mta-sts."));
  const pins = records.filter(({ name, type }) => type === "TLSA" && name.startsWith("_25._tcp."));
  const parts = [
    progress.step(`${records.length} record sets at name servers and ${world.resolvers.length} resolvers`, () =>
      checkRecords(
        records,
        zones,
        world,
        ({ type, name }) => facts === undefined && (type === "TLSA" || type === "CAA" || name.includes("._domainkey.")),
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
    progress.step("reverse names", () => checkReverse(site, world, options.publicResolvers)),
    progress.step("lookups of SPF", () => checkSpf(site, records, resolving)),
    progress.step("policies of MTA-STS", () =>
      inParallel(policies, AT_ONCE, (record) => checkPolicy(site, record, world, resolving)),
    ),
    ...(facts === undefined || pins.length === 0
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
  const findings = [...zones.flatMap(({ trouble }) => trouble ?? []), ...withoutKeys(site, facts), ...found];
  const counts: DnsReport["counts"] = {};
  for (const { verdict } of findings) counts[verdict] = (counts[verdict] ?? 0) + 1;
  return {
    site: site.site,
    judgedBy: facts === undefined ? "shape" : "stack",
    resolvers: world.resolvers,
    nameServers: Object.fromEntries(zones.map(({ name, nameServers }) => [name, nameServers])),
    status: exitStatus(findings),
    counts,
    findings,
  };
}
