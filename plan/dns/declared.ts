/** Record sets of the site file's own, beside those that Postfleet gives rise to. */
import { canonical, RdataError } from "../../provider/dns/zone/rdata";
import { type Draft, type RecordType, txt } from "../../roles/shared/records";
import type { SiteSpec } from "../../site";

/** Types whose values end with a name, which in a site file needs no final dot. */
const NAMED = ["CNAME", "MX", "NS", "PTR", "SRV"];

/** A value in the form of a zone file. Throws {@link RdataError} where it is none. */
export function rdata(type: RecordType, value: string): string {
  if (type === "TXT") {
    if (/^".*"$/s.test(value))
      throw new RdataError("has quotes around it", "write the text alone, without quotes in it");
    return txt(value);
  }
  if (!NAMED.includes(type)) return canonical(type, value);
  const name = /\S+$/.exec(value)?.[0] ?? "";
  if (!name.includes("."))
    throw new RdataError(`names ${JSON.stringify(name)}`, "write the whole name, as www.example.org");
  return canonical(type, name.endsWith(".") ? value : `${value}.`);
}

/** The drafts of all that is declared. What the rule refuses is left out. */
export const declaredDrafts = ({ dns }: SiteSpec): Draft[] =>
  (dns.records ?? []).flatMap(({ name, sets }) =>
    sets.map(({ type, values }) => ({
      name,
      type,
      values: values.flatMap((value) => {
        try {
          return [rdata(type, value)];
        } catch {
          return [];
        }
      }),
      why: "declared in dns.records",
      rfc: "RFC 1035",
      level: "recommended" as const,
    })),
  );
