/**
 * One spelling for every value of a record, so that what is wanted and what a backend answers can be compared as text:
 * letter case, final dots, quotes and the splitting of TXT, the short form of IPv6.
 */
import { isIPv4, isIPv6 } from "node:net";
import { zoneStrings } from "../../../quote/text";
import { joined, octets, quoted, type Token, tokens } from "../tokens";
import { nameProblem } from "./names";

/** A value that is none of its type. */
export class RdataError extends Error {
  constructor(
    message: string,
    readonly hint: string,
  ) {
    super(message);
    this.name = "RdataError";
  }
}

/** Makes one value canonical. `origin`: what relative names are relative to; without it they are refused. */
type Form = (words: Token[], origin: string | undefined) => string;

function fields(words: Token[], form: string, count: number, example: string): string[] {
  if (words.length !== count)
    throw new RdataError(`has ${words.length} fields instead of ${count}`, `${form}, as ${example}`);
  return words.map(({ raw }) => raw);
}

function number(text: string | undefined, what: string, most: number): number {
  const value = /^\d{1,5}$/.test(text ?? "") ? Number(text) : Number.NaN;
  if (!(value <= most))
    throw new RdataError(`has ${JSON.stringify(text)} as ${what}`, `a number from 0 to ${most} is wanted`);
  return value;
}

/** A name that a record points to, in lower case with its final dot. */
export function target(text: string | undefined, origin: string | undefined): string {
  const name = (text ?? "").toLowerCase();
  if (name === ".") return name;
  const full = name === "@" && origin ? `${origin}.` : name.endsWith(".") ? name : origin && `${name}.${origin}.`;
  if (!full) {
    const hint = `names end with a dot: ${JSON.stringify(`${name}.`)}; without it they would be relative to the zone`;
    throw new RdataError(`names ${JSON.stringify(text)}, which has no final dot`, hint);
  }
  const problem = nameProblem(full.slice(0, -1));
  if (problem)
    throw new RdataError(`names ${JSON.stringify(text)}: ${problem}`, 'a name is wanted, as "mail.example.org."');
  return full;
}

/** One with a zone is of one host alone, RFC 4007 §6: nothing for DNS. */
const isUnzoned6 = (text: string) => isIPv6(text) && !text.includes("%");

/** An IPv6 address in the one form of RFC 5952. */
const shortest = (address: string) => new URL(`http://[${address}]/`).hostname.slice(1, -1);

const one =
  (what: string, example: string): Form =>
  (words, origin) =>
    target(fields(words, what, 1, example)[0], origin);

/** Numbers, then a name: MX, SRV. */
const numbered =
  (names: string[], example: string): Form =>
  (words, origin) => {
    const given = fields(words, [...names, "name"].join(" "), names.length + 1, example);
    return [...names.map((name, i) => number(given[i], name, 65535)), target(given.at(-1), origin)].join(" ");
  };

/** Numbers, then hexadecimal digits, which a zone file may break up: TLSA, SSHFP. */
const digest =
  (names: string[], example: string): Form =>
  (words) => {
    const given = words.map(({ raw }) => raw);
    const hex = given.slice(names.length).join("").toLowerCase();
    if (!/^([0-9a-f]{2})+$/.test(hex))
      throw new RdataError(
        `has ${JSON.stringify(hex)} as its data`,
        `pairs of hexadecimal digits are wanted, as ${example}`,
      );
    return [...names.map((name, i) => number(given[i], name, 255)), hex].join(" ");
  };

function txt(words: Token[]): string {
  if (words.length === 0) throw new RdataError("is empty", 'an empty text is written ""');
  return zoneStrings(joined(words));
}

function caa(words: Token[]): string {
  const [flags, tag = "", value = ""] = fields(words, 'flags tag "value"', 3, '0 issue "letsencrypt.org"');
  if (!/^[a-z0-9]+$/i.test(tag))
    throw new RdataError(`has the tag ${JSON.stringify(tag)}`, 'letters and digits are wanted, as "issue"');
  return `${number(flags, "flags", 255)} ${tag.toLowerCase()} ${quoted(octets(value))}`;
}

function address(family: 4 | 6): Form {
  const [valid, example] = family === 4 ? [isIPv4, "192.0.2.25"] : [isUnzoned6, "2001:db8::25"];
  return (words) => {
    const [text = ""] = fields(words, "one address", 1, example);
    if (!valid(text))
      throw new RdataError(`is ${JSON.stringify(text)}`, `an IPv${family} address is wanted, as ${example}`);
    return family === 4 ? text : shortest(text);
  };
}

const FORMS: Record<string, Form> = {
  A: address(4),
  AAAA: address(6),
  CAA: caa,
  CNAME: one("one name", "www.example.org."),
  MX: numbered(["preference"], '"10 mx1.example.org."'),
  NS: one("one name", "ns1.example.org."),
  PTR: one("one name", "mail.example.org."),
  SRV: numbered(["priority", "weight", "port"], '"0 1 993 imap.example.org."'),
  SSHFP: digest(["algorithm", "type"], '"4 2 123abc…"'),
  TLSA: digest(["usage", "selector", "matching type"], '"3 1 1 0a1b…"'),
  TXT: txt,
};

/** Types that a program may declare. */
export const TYPES = Object.keys(FORMS);

/** The one spelling of a wanted value. Throws {@link RdataError} where it is none of its type. */
export function canonical(type: string, value: string, origin?: string): string {
  const form = FORMS[type];
  if (!form) throw new RdataError(`cannot be of the type ${type}`, `types are ${TYPES.join(", ")}`);
  return form(tokens(value), origin);
}

/** Words with one blank between them; texts in quotes keep theirs. */
function spaced(value: string): string {
  try {
    return tokens(value)
      .map(({ raw, quoted }) => (quoted ? `"${raw}"` : raw))
      .join(" ");
  } catch {
    return value.trim().replace(/\s+/g, " ");
  }
}

/** The one spelling of a value that somebody else wrote: what cannot be understood stays as it is, but for blanks between its words. */
export function canonicalLive(type: string, value: string, origin?: string): string {
  try {
    return canonical(type, value, origin);
  } catch {
    return spaced(value);
  }
}
