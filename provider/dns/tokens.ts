/** The words of a line of a zone file, RFC 1035 §5.1: read and written here alone. */
import { zoneCharacters } from "../../quote/text";

export interface Token {
  /** As written, without the quotes. */
  raw: string;
  quoted: boolean;
}

/** Splits at blanks outside of quotes. Parentheses and comments are the business of `zone/master-file.ts`. */
export function tokens(text: string): Token[] {
  const found: Token[] = [];
  const pattern = /[ \t\r\n]+|"((?:[^"\\]|\\[\s\S])*)"|("[\s\S]*)|((?:[^ \t\r\n"\\]|\\[\s\S])+|\\)/g;
  for (const [, quoted, open, plain] of text.matchAll(pattern)) {
    if (open !== undefined) throw new Error("a quotation mark is not closed");
    if (quoted !== undefined) found.push({ raw: quoted, quoted: true });
    else if (plain !== undefined) found.push({ raw: plain, quoted: false });
  }
  return found;
}

/** The octets of a word as written: `\DDD` is one octet, a backslash before anything else is that character. */
export function octets(raw: string): Buffer {
  const parts = raw.match(/\\\d{3}|\\[\s\S]|[^\\]+|\\/g) ?? [];
  return Buffer.concat(
    parts.map((part) => {
      if (/^\\\d{3}$/.test(part)) return Buffer.from([Number(part.slice(1)) & 255]);
      return Buffer.from(part.length > 1 && part.startsWith("\\") ? part.slice(1) : part, "utf8");
    }),
  );
}

/** The octets of several character-strings, one after the other. */
export const joined = (words: readonly Token[]): Buffer => Buffer.concat(words.map(({ raw }) => octets(raw)));

/** The text of a TXT value: its strings joined, octets as UTF-8. What somebody else wrote and cannot be read stays as it is. */
export function textOf(value: string): string {
  try {
    return joined(tokens(value)).toString("utf8");
  } catch {
    return value;
  }
}

/** One character-string in quotes. */
export const quoted = (text: Buffer): string => `"${zoneCharacters(text)}"`;
