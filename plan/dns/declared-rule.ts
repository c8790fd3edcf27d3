/** The rule for `dns.records`: what is declared there contradicts nothing of Postfleet's. */
import { RdataError } from "../../provider/dns/zone/rdata";
import type { RecordType } from "../../roles/shared/records";
import { type Check, type Checked, type Complaint, type Path, type SiteSpec, several } from "../../site";
import type { Plan } from "../types";
import { rdata } from "./declared";
import { type Zones, zonesOf } from "./zones";

/** One declared set with its place in the file. */
interface Declared {
  name: string;
  type: RecordType;
  values: { value: string; at: Path }[];
  at: Path;
}

/** Types by name. */
type Types = ReadonlyMap<string, readonly RecordType[]>;

/** Beginnings of texts that Postfleet writes, and what decides what they say. */
const TEXTS: readonly [RegExp, string][] = [
  [/^v=spf1/i, "domains.<domain>.spf"],
  [/^v=DMARC1/i, "domains.<domain>.dmarc"],
  [/^v=STSv1/i, "the role webmail, which serves the policy"],
  [/^v=TLSRPTv1/i, "the role mx"],
];

const declaredIn = ({ draft }: Checked): Declared[] =>
  draft.dns.records.flatMap(({ key: name, value: sets }) =>
    sets.map(({ key: type, at, value }) => ({ name, type, at, values: value })),
  );

function typesByName(sets: readonly { name: string; type: RecordType }[]): Types {
  const types = new Map<string, RecordType[]>();
  for (const { name, type } of sets) types.set(name, [...(types.get(name) ?? []), type]);
  return types;
}

const onlyAddresses = (types: readonly RecordType[]) => types.every((type) => type === "A" || type === "AAAA");

/** What speaks against a set as a whole. */
function objection({ name, type, values }: Declared, zones: Zones, ours: Types, declared: Types): string | undefined {
  const of = (types: Types, other = name) => types.get(other) ?? [];
  const others = [...of(ours), ...of(declared).filter((other) => other !== type)];
  switch (type) {
    case "TXT":
      return undefined;
    case "CNAME":
      if (zones.of(name) === name) return `${name} is a zone, which has records of its own, and a CNAME stands alone`;
      if (others.length > 0) return `${name} has other records (${several(others)}), and a CNAME stands alone`;
      return values.length > 1 ? "a name is an alias of one other" : undefined;
    case "NS": {
      if (zones.of(name) === name) return `${name} is a zone of this site, whose name servers come with dns.provider`;
      // Addresses of the delegation's own servers are its glue, RFC 1034 section 4.2.1.
      const glue = values.map(({ value }) => value.toLowerCase().replace(/\.$/, ""));
      const below = [...ours.keys(), ...declared.keys()].find(
        (other) =>
          other.endsWith(`.${name}`) &&
          !(glue.includes(other) && !ours.has(other) && onlyAddresses(of(declared, other))),
      );
      return below && `${below} would be hidden: NS records give all that is below ${name} to other servers`;
    }
    case "A":
    case "AAAA":
      return of(ours).some((other) => other === "A" || other === "AAAA")
        ? `${name} is a name of Postfleet's, which says where it leads`
        : undefined;
    default:
      return of(ours).includes(type) ? `Postfleet itself says which ${type} records ${name} has` : undefined;
  }
}

/** What speaks against one value. */
function fault(type: RecordType, value: string, ours: readonly RecordType[]): Complaint | undefined {
  const key = type === "TXT" ? TEXTS.find(([begins]) => begins.test(value))?.[1] : undefined;
  // Elsewhere it may be another service's; where Postfleet has a text it would be a second one, which nobody may have.
  if (key !== undefined && ours.includes("TXT"))
    return { message: "Postfleet writes this text itself", allowed: "other texts", hint: `see ${key}` };
  try {
    rdata(type, value);
    return undefined;
  } catch (error) {
    if (!(error instanceof RdataError)) throw error;
    return { message: `the value ${error.message}`, allowed: `data of the type ${type}`, hint: error.hint };
  }
}

/** What is declared is of its type, within the site's zones, and contradicts nothing of Postfleet's. It is told how plans are made. */
export const declaredRecords = (plan: (site: SiteSpec) => Plan): Check => ({
  rule:
    "`dns.records` are within the site's zones, of their types, and contradict nothing that Postfleet says: only texts join its " +
    "record sets, a CNAME stands alone, and a delegation hides nothing.",
  run(checked) {
    const { site, problems } = checked;
    const all = declaredIn(checked);
    if (all.length === 0) return;
    const { records: _, ...dns } = site.dns;
    const ours = typesByName(plan({ ...site, dns }).records);
    const declared = typesByName(all);
    const zones = zonesOf(site);
    for (const set of all) {
      const { name, type, values, at } = set;
      if (zones.of(name.replace(/^\*\./, "")) === undefined) {
        const allowed = `names in ${several(zones.names)}`;
        const hint = "records of other zones are set where those are served";
        problems.add(at.slice(0, -1), { message: "the name is in no zone of this site", allowed, hint, onKey: true });
        continue;
      }
      const message = objection(set, zones, ours, declared);
      if (message !== undefined) {
        const hint = "remove it, or choose another name";
        problems.add(at, { message, given: type, allowed: "records that contradict no others", hint, onKey: true });
      }
      for (const { value, at: place } of values) {
        const found = fault(type, value, ours.get(name) ?? []);
        if (found) problems.add(place, found);
      }
    }
  },
});
