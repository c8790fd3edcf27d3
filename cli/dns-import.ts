/** `postfleet dns import ZONE`: what a site file needs for a zone that is there already, and what becomes of its records. */
import { existsSync, readFileSync } from "node:fs";
import type { Command } from "commander";
import { dump } from "js-yaml";
import { plan, readSite } from "../plan";
import { type BackendSpec, backendFor } from "../provider/dns/zone";
import { parseMasterFile } from "../provider/dns/zone/master-file";
import { bySet, DEFAULT_TTL, type LiveRecord } from "../provider/dns/zone/model";
import { nameProblem } from "../provider/dns/zone/names";
import { ovhApi } from "../provider/ovh";
import type { DnsRecord } from "../roles/shared/records";
import { UserError } from "../system/errors";
import { visible, visibleJson, visibleLine } from "../system/visible";
import { wantedRecords } from "./dns/wanted";
import { type Disposition, type Survey, type SurveyedRecord, survey } from "./dns-survey";
import { report as problemsOf } from "./validate";

interface Options {
  from: string;
  url?: string;
  server?: string;
  site?: string;
  json?: boolean;
}

/** Where the zone is served, as the site file says it. */
function sourceOf({ from, url, server }: Options): BackendSpec {
  if (from === "ovh") return { kind: "ovh" };
  if (from !== "powerdns") return { kind: "none" };
  if (url && URL.canParse(url)) return { kind: "powerdns", url, ...(server ? { server } : {}) };
  throw new UserError(
    `--from powerdns wants the address of its HTTP API, and --url is ${JSON.stringify(url ?? "missing")}`,
    "--url https://ns1.example.org:8081, with the key in PDNS_API_KEY",
    2,
  );
}

async function read(zone: string, options: Options): Promise<LiveRecord[]> {
  const backend = sourceOf(options);
  if (backend.kind !== "none") {
    // The operator names the server on the command line, so that the key is for it.
    const powerdns = () => ({ apiKey: process.env.PDNS_API_KEY, url: options.url });
    return backendFor({ ovh: () => ovhApi({}), powerdns }, { zone, backend }, new Map()).read();
  }
  if (!existsSync(options.from))
    throw new UserError(
      `there is no zone file ${options.from}`,
      "--from is ovh, powerdns or the path of a zone file",
      2,
    );
  const { records } = parseMasterFile(readFileSync(options.from, "utf8"), zone, DEFAULT_TTL);
  return records.filter(({ type }) => type !== "SOA");
}

/** The records that a site wants in the zone; keys count as right whatever they are, since only a stack knows them. */
function wantedOf(file: string | undefined, zone: string): DnsRecord[] | undefined {
  if (file === undefined) return undefined;
  const reading = readSite(file);
  if (!reading.site) {
    const { text } = problemsOf(file, reading, { json: false, colour: false });
    throw new UserError(`${file} is not a valid site file\n\n${text}`, `postfleet validate ${file}`, 2);
  }
  const wanted = wantedRecords(plan(reading.site), undefined).filter((record) => record.zone === zone);
  if (wanted.length === 0)
    throw new UserError(`${file} has no zone ${zone}`, "put the domain under domains first, or leave --site out", 2);
  return wanted;
}

/** What goes into the site file. */
export function siteFileFor(zone: string, backend: BackendSpec, { entry }: Survey): object {
  const { kind, ...place } = backend;
  const dns = { provider: kind, ...(kind === "powerdns" ? { api: place } : {}) };
  return { domains: { [zone]: entry }, dns };
}

const HEADINGS: [Disposition, string][] = [
  ["adopt", "As wanted; Postfleet takes them over:"],
  ["conflict", "In the way; the update refuses them until they are removed, or named in takeOver:"],
  [
    "claim",
    "Where Postfleet will have records of its own (--site FILE tells which of these are as wanted and which in the way):",
  ],
  ["leave", "Left alone:"],
];

/** The report for a person. */
export function formatSurvey(zone: string, backend: BackendSpec, found: Survey): string {
  const parts = [`For the site file:\n\n${indented(dump(siteFileFor(zone, backend, found)).trimEnd())}`];
  if (found.notes.length > 0) parts.push(found.notes.map((note) => `note: ${note}`).join("\n"));
  for (const [verdict, heading] of HEADINGS) {
    const records = found.records.filter((record) => record.verdict === verdict);
    if (records.length > 0) parts.push(`${heading}\n${[...bySet(records).values()].flatMap(lines).join("\n")}`);
  }
  return visible(`${parts.join("\n\n")}\n`);
}

/** Characters shown of a record. */
const RECORD = 1000;

const indented = (text: string) => text.replace(/^/gm, "  ");

function lines(set: SurveyedRecord[]): string[] {
  const wanted = [...new Set(set.flatMap((record) => record.wanted ?? []))];
  return [
    ...set.map(({ name, type, ttl, value }) => `  ${visibleLine(`${name} ${ttl} ${type} ${value}`, RECORD)}`),
    ...wanted.map((text) => `    wanted: ${text}`),
  ];
}

async function run(given: string, options: Options): Promise<void> {
  const zone = given.toLowerCase().replace(/\.$/, "");
  const problem = nameProblem(zone);
  if (problem)
    throw new UserError(
      `"${given}" is not the name of a zone: ${problem}`,
      "postfleet dns import example.org --from ovh",
      2,
    );
  const wanted = wantedOf(options.site, zone);
  const found = survey(zone, await read(zone, options), wanted);
  const backend = sourceOf(options);
  const output = options.json
    ? `${visibleJson({ zone, siteFile: siteFileFor(zone, backend, found), notes: found.notes, records: found.records })}\n`
    : formatSurvey(zone, backend, found);
  process.stdout.write(output);
}

/** Adds `import` to the command `postfleet dns`. */
export function dnsImport(parent: Command): void {
  // Or the parent would take --json for itself.
  parent
    .enablePositionalOptions()
    .command("import")
    .description(
      "read an existing zone: what the site file needs for it, and what Postfleet would take over, refuse or leave alone",
    )
    .argument("<zone>", "name of the zone, e.g. example.org")
    .requiredOption("--from <where>", "ovh, powerdns, or a zone file")
    .option("--url <url>", "address of PowerDNS' HTTP API; its key is taken from PDNS_API_KEY")
    .option("--server <id>", "its server id. Default: localhost")
    .option("--site <file>", "a site file that has the domain: what of the zone is as wanted, and what is in the way")
    .option("--json", "print one JSON object for other programs")
    .addHelpText(
      "after",
      "\nNothing is written anywhere. OVH's credentials come from OVH_APPLICATION_KEY, OVH_APPLICATION_SECRET and OVH_CONSUMER_KEY.",
    )
    .action((zone: string, options: Options) => run(zone, options));
}
