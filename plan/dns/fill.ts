/** Planned record sets become those that DNS must show, once it is known which keys there are. */
import { zoneCharacters } from "../../quote/text";
import { type DnsRecord, type KeyFact, type KeyFacts, type PlannedRecord, txt } from "../../roles/shared/records";
import { inOrder } from "./records";

const put = (text: string, fact: KeyFact): string =>
  text.replace(/\{(\w+)\}/g, (place, name: string) => fact[name] ?? place);

/** The same in RDATA, where a value stands inside of quotes or is hexadecimal. */
const putQuoted = (text: string, fact: KeyFact): string =>
  put(
    text,
    Object.fromEntries(Object.entries(fact).map(([name, value]) => [name, zoneCharacters(Buffer.from(value))])),
  );

/** A set that is said of each key of a ring, one set a selector. */
const ofEachKey = ({ name }: PlannedRecord) => name.includes("{selector}");

/** Every record set with its values, in order; those without any are left out. */
export function fill(planned: readonly PlannedRecord[], keys: KeyFacts): DnsRecord[] {
  const filled = planned.flatMap((record): DnsRecord[] => {
    const rdata = (value: string, fact: KeyFact) =>
      record.type === "TXT" ? txt(put(value, fact)) : putQuoted(value, fact);
    if (ofEachKey(record)) {
      return record.values.flatMap((value) =>
        typeof value === "string"
          ? []
          : (keys[value.key] ?? []).map((fact) => ({
              ...record,
              ...revoked(record, fact),
              name: put(record.name, fact),
              values: [rdata(value.value, fact)],
            })),
      );
    }
    const values = record.values.flatMap((value) =>
      typeof value === "string" ? [value] : (keys[value.key] ?? []).map((fact) => rdata(value.value, fact)),
    );
    return values.length === 0 ? [] : [{ ...record, values: [...new Set(values)] }];
  });
  return inOrder(filled);
}

/** A revoked key stays for a while with an empty value, so that nobody takes it for missing, RFC 6376 §3.6.1. */
const revoked = ({ why }: PlannedRecord, { publicKey }: KeyFact) =>
  publicKey === "" ? { why: `${why}, revoked`, level: "recommended" as const } : {};
