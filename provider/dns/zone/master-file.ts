/** Zone files, RFC 1035 §5: read as others write them, written as others can read them. */

import { type Token, tokens } from "../tokens";
import type { LiveRecord, RecordSet } from "./model";
import { canonicalLive } from "./rdata";

const CLASSES = new Set(["IN", "CH", "HS"]);
const UNITS: Record<string, number> = { s: 1, m: 60, h: 3600, d: 86400, w: 604800 };

/** The lines of a zone file: comments gone, what stands in parentheses joined. `(` and `)` within quotes are text. */
function entries(text: string): { line: number; text: string }[] {
  const found: { line: number; text: string }[] = [];
  let [current, depth, line, start] = ["", 0, 1, 1];
  for (const [piece] of text.matchAll(/"(?:[^"\\\n]|\\[\s\S])*"|;[^\n]*|\\[\s\S]|\n|[^"\\;\n()]+|[()"]/g)) {
    if (piece === "\n") {
      line++;
      if (depth > 0) {
        current += " ";
        continue;
      }
      if (current.trim() !== "") found.push({ line: start, text: current });
      [current, start] = ["", line];
    } else if (piece === "(") depth++;
    else if (piece === ")") depth--;
    else if (!piece.startsWith(";")) current += piece;
  }
  if (current.trim() !== "") found.push({ line: start, text: current });
  return found;
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

const absolute = (name: string, origin: string) =>
  (name === "@" ? origin : name.endsWith(".") ? name.slice(0, -1) : `${name}.${origin}`).toLowerCase();

/** What a zone file says. */
export interface MasterFile {
  /** `$TTL`, or the default of the caller. */
  ttl: number;
  records: LiveRecord[];
}

/** Reads a zone file. Throws an error that names the line of what cannot be read. */
export function parseMasterFile(text: string, zone: string, defaultTtl: number): MasterFile {
  let [origin, ttl, owner] = [zone.toLowerCase(), defaultTtl, zone.toLowerCase()];
  const records: LiveRecord[] = [];
  for (const entry of entries(text)) {
    const fail = (what: string) => new Error(`line ${entry.line} of the zone file: ${what}: ${entry.text.trim()}`);
    const words = wordsOf(entry.text, fail);
    const first = words[0]?.raw ?? "";
    if (first.startsWith("$")) {
      const value = words[1]?.raw ?? "";
      if (first === "$ORIGIN") origin = absolute(value, origin);
      else if (first === "$TTL") ttl = seconds(value) ?? ttl;
      else throw fail(`${first} is not understood`);
      continue;
    }
    if (!/^\s/.test(entry.text)) owner = absolute(words.shift()?.raw ?? "@", origin);
    let time = ttl;
    // TTL and class come in either order, or not at all.
    for (let word = words[0]; word && !word.quoted; word = words[0]) {
      const given = CLASSES.has(word.raw.toUpperCase()) ? undefined : seconds(word.raw);
      if (given === undefined && !CLASSES.has(word.raw.toUpperCase())) break;
      time = given ?? time;
      words.shift();
    }
    const type = (words.shift()?.raw ?? "").toUpperCase();
    if (!/^[A-Z][A-Z0-9]*$/.test(type)) throw fail("there is no type of record");
    records.push({ name: owner, type, ttl: time, value: canonicalLive(type, written(words), origin) });
  }
  return { ttl, records };
}

function wordsOf(text: string, fail: (what: string) => Error): Token[] {
  try {
    return tokens(text);
  } catch (error) {
    throw fail((error as Error).message);
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
