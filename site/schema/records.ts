/** Record sets of the site's zones that mail has no part in: a web site, the proof of ownership that some service wants. */
import { RECORD_TYPES } from "../types";
import { list, map } from "./containers";
import { type Field, type Item, Refusal, type Schema, text } from "./kinds";
import { readDomain } from "./names";
import { choice, line } from "./scalars";

const HINT = "write the whole name, as www.example.org, without a final dot";

/** A name that has records: labels may begin with an underscore (RFC 8552), and the first may be `*` (RFC 4592). */
const recordName: Schema<string> = text({
  allowed: "a whole name, e.g. www.example.org or _acme-challenge.example.org or *.example.org",
  json: { pattern: "^(\\*\\.)?[^\\s/:@?#%*.]+(\\.[^\\s/:@?#%*.]+)+$" },
  parse(given) {
    const [, wild = "", rest = ""] = /^(\*\.)?(.*)$/su.exec(given) ?? [];
    const labels = rest.split(".");
    // The rule for hosts knows no underscore; each label that begins with one is held to the rest of that rule.
    const services = labels.map((label) => (/^_(?=[a-z0-9])/i.test(label) ? label.slice(1) : label));
    const name = readDomain(services.join("."));
    if (name instanceof Refusal) return new Refusal(name.message, HINT);
    const made = name.split(".").map((label, index) => (services[index] === labels[index] ? label : `_${label}`));
    return wild + made.join(".");
  },
});

const values: Schema<Item<string>[]> = list(line("a value as in a zone file; of TXT the text itself", 4000));

/** `dns.records` */
export const records = {
  schema: map(recordName, map(choice(RECORD_TYPES), values)),
  description:
    "Record sets that mail has no part in: name -> type -> values. Values are as in a zone file, with whole names, whose final " +
    "dot may be left out; those of TXT are the text itself, without quotes. A text beside one of Postfleet's (another service's " +
    "proof of ownership beside SPF) joins it.",
  default: {},
  examples: [
    {
      "www.example.org": { A: ["192.0.2.80"], AAAA: ["2001:db8::80"] },
      "example.org": { TXT: ["some-service-verification=3f2a"] },
    },
  ],
} satisfies Field<unknown>;
