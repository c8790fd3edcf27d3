/** The record sets of a site, asked of all who serve or know them. */
import type { Plan } from "../../plan";
import { DnsError, type EachAnswer, inParallel } from "../../provider/dns/query";
import type { DnsRecord, KeyFacts } from "../../roles/shared/records";
import type { DelegatedZone, Server } from "./delegation";
import type { Finding } from "./finding";
import { judge } from "./judge";
import { AT_ONCE, type World } from "./world";

/** What each server says of a record set. */
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

/** Every record set, at the name servers of its zone and at the resolvers. `shapeOnly`: its value is known to a stack, and there is none. */
export async function checkRecords(
  records: DnsRecord[],
  zones: DelegatedZone[],
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
export function withoutKeys({ signers, rings }: Plan, keys: KeyFacts | undefined): Finding[] {
  if (keys === undefined) return [];
  const signed = new Set(signers.filter(({ ring }) => keys[ring]).flatMap(({ domains }) => domains));
  const places = rings.filter(({ kind }) => kind === "dkim").flatMap(({ published }) => published);
  const zones = new Map(places.map(({ name, zone }) => [name, zone]));
  return [...zones]
    .filter(([name]) => !signed.has(name))
    .map(([name, zone = ""]) => ({
      kind: "record",
      zone,
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
