/** Zone files, RFC 1035 §5: read as others write them, written as others can read them. */

import { UserError } from "../../../system/errors";
import { visibleLine } from "../../../system/visible";
import { type Token, tokens } from "../tokens";
import type { LiveRecord, RecordSet } from "./model";
import { ownerProblem, unescaped } from "./names";
import { canonicalLive } from "./rdata";

const CLASSES = new Set(["IN", "CH", "HS"]);
const UNITS: Record<string, number> = { s: 1, m: 60, h: 3600, d: 86400, w: 604800 };
/** RFC 2181 §8. */
const LONGEST_TTL = 2 ** 31 - 1;
/** Characters shown of an entry that cannot be read. */
const SHOWN = 200;

interface Entry {
  /** Of the file, from 1: where it begins. */
  line: number;
  text: string;
}

/** What cannot be read, with its line. */
const unreadable = ({ line, text }: Entry, what: string, hint: string) =>
  new UserError(`line ${line} of the zone file: ${what}: ${visibleLine(text.trim(), SHOWN)}`, hint);

/** The lines of a zone file: comments gone, what stands in parentheses joined. `(` and `)` within quotes are text. */
function entries(text: string): Entry[] {
  const found: Entry[] = [];
  let [current, line, start] = ["", 1, 1];
  let opened: Entry | undefined;
  let depth = 0;
  for (const [piece] of text.matchAll(/"(?:[^"\\\n]|\\[^\n])*"|;[^\n]*|\\[^\n]|\n|[^"\\;\n()]+|[()"\\]/g)) {
    if (piece === "\n") {
      line++;
      if (depth > 0) current += " ";
      else {
        found.push({ line: start, text: current });
        [current, start] = ["", line];
      }
    } else if (piece === "(") {
      if (depth++ === 0) opened = { line, text: current };
      if (current !== "") current += " ";
    } else if (piece === ")") {
      if (depth-- === 0)
        throw unreadable({ line, text: `${current})` }, "a ) without its (", "remove it, or put the text into quotes");
      current += " ";
    } else if (!piece.startsWith(";")) current += piece;
  }
  if (depth > 0 && opened)
    throw unreadable(opened, "a ( that is never closed", "write ) after the last word of the record");
  found.push({ line: start, text: current });
  return found.filter((entry) => entry.text.trim() !== "");
}

/** Seconds: "3600", or BIND's "1h30m". */
function seconds(text: string): number | undefined {
  if (/^\d+$/.test(text)) return Number(text);
  if (!/^(\d+[smhdw])+$/i.test(text)) return undefined;
  return [...text.matchAll(/(\d+)([smhdw])/gi)].reduce(
    (sum, [, n, unit]) => sum + Number(n) * (UNITS[(unit ?? "s").toLowerCase()] ?? 1),
    0,
  );
}

/** A name without its final dot; one that has none, or whose dot is escaped, is relative. */
function absolute(name: string, origin: string): string {
  if (name === "@") return origin;
  if (/(^|[^\\])(\\\\)*\.$/.test(name)) return name.slice(0, -1);
  return `${name}${origin === "" ? "" : `.${origin}`}`;
}

/** What a zone file says. */
export interface MasterFile {
  /** `$TTL`, or the default of the caller. */
  ttl: number;
  records: LiveRecord[];
}

/** Reads a zone file. Throws {@link UserError} that names the line of what cannot be read. */
export function parseMasterFile(text: string, zone: string, defaultTtl: number): MasterFile {
  let [origin, ttl, owner] = [zone.toLowerCase(), defaultTtl, zone.toLowerCase()];
  const records: LiveRecord[] = [];
  for (const entry of entries(text)) {
    const words = wordsOf(entry);
    const time = (word: string) => {
      const given = seconds(word);
      if (given !== undefined && given > LONGEST_TTL)
        throw unreadable(
          entry,
          `a TTL of ${visibleLine(word, 40)}`,
          `a TTL has 0 to ${LONGEST_TTL} seconds (RFC 2181 §8)`,
        );
      return given;
    };
    const name = (word: Token | undefined) => {
      const full = absolute(word?.raw ?? "", origin);
      const problem = word === undefined ? "a name is missing" : word.quoted ? "a name in quotes" : ownerProblem(full);
      if (problem) throw unreadable(entry, problem, "a name is e.g. mail, or mail.example.org. with a final dot");
      return unescaped(full);
    };
    const directive = words[0]?.quoted ? "" : (words[0]?.raw ?? "").toUpperCase();
    if (directive.startsWith("$")) {
      const [, value, ...more] = words;
      if (more.length > 0 && !["$INCLUDE", "$GENERATE"].includes(directive))
        throw unreadable(
          entry,
          `more than one value for ${visibleLine(directive, 40)}`,
          "write one, and comments after a ;",
        );
      if (directive === "$ORIGIN") origin = name(value);
      else if (directive === "$TTL") ttl = time(value?.raw ?? "") ?? refuseTtl(entry);
      else
        throw unreadable(
          entry,
          `${visibleLine(directive, 40)} is not understood`,
          "$TTL and $ORIGIN are; `named-compilezone -o NEW ZONE FILE` writes all records out",
        );
      continue;
    }
    if (!/^[ \t]/.test(entry.text)) owner = name(words.shift());
    let own = ttl;
    // TTL and class come in either order, or not at all.
    for (let word = words[0]; word && !word.quoted; word = words[0]) {
      const given = time(word.raw);
      if (given === undefined && !CLASSES.has(word.raw.toUpperCase())) break;
      own = given ?? own;
      words.shift();
    }
    const word = words.shift();
    const type = word?.quoted ? "" : (word?.raw ?? "").toUpperCase();
    if (!/^[A-Z][A-Z0-9-]{0,30}$/.test(type))
      throw unreadable(
        entry,
        "there is no type of record",
        "a line has a name, maybe a TTL and IN, a type and a value",
      );
    if (words.length === 0)
      throw unreadable(entry, `the ${type} has no value`, 'a value follows the type; an empty text is written ""');
    records.push({ name: owner, type, ttl: own, value: canonicalLive(type, written(words), origin) });
  }
  return { ttl, records };
}

function refuseTtl(entry: Entry): never {
  throw unreadable(entry, "$TTL without a time", "write seconds, or e.g. 1h30m");
}

function wordsOf(entry: Entry): Token[] {
  try {
    return tokens(entry.text);
  } catch (error) {
    throw unreadable(
      entry,
      (error as Error).message,
      'a text begins and ends with " on one line; a " within is written \\"',
    );
  }
}

const written = (words: Token[]) => words.map(({ raw, quoted }) => (quoted ? `"${raw}"` : raw)).join(" ");

/** A zone file of these sets. It has no SOA and no NS of its own: those belong to whoever serves the zone. */
export function masterFile(zone: string, ttl: number, sets: readonly RecordSet[]): string {
  const lines = sets.flatMap(({ name, type, ttl: time, values }) => {
    const owner = name === zone ? "@" : name.slice(0, -zone.length - 1);
    return values.map(
      (value) => `${owner.padEnd(30)} ${time === ttl ? "" : `${time} `}IN ${type.padEnd(5)} ${value}\n`,
    );
  });
  return `$ORIGIN ${zone}.\n$TTL ${ttl}\n${lines.join("")}`;
}
