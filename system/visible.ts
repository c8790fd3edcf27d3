/**
 * Text of others (a host, a file, a DNS answer, an API) for the eyes of a person: nothing in it acts on a terminal, is
 * unseen, or changes the order of what is read (https://unicode.org/reports/tr36/, CVE-2021-42574).
 */

/**
 * Control characters, formats (bidirectional marks and overrides, zero-width, tags), separators of lines and paragraphs, lone
 * surrogates, what is private or not assigned, and what renderers leave out. A newline and a tab are the only ones to stay.
 */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\p{Cn}\p{Default_Ignorable_Code_Point}]/gu;

/** Lines of what is shown may be long; what nobody can read is cut. */
const LINE_LENGTH = 500;

/** `\x1b`, `\u202e`, `\u{e0041}`. */
function escaped(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const hex = code.toString(16);
  if (code < 0x100) return `\\x${hex.padStart(2, "0")}`;
  return code < 0x10000 ? `\\u${hex.padStart(4, "0")}` : `\\u{${hex}}`;
}

/** A text of several lines, every character that cannot be seen or that acts on a terminal as an escape: `\x1b[2J`. */
export function visible(text: string): string {
  return text.replace(UNSEEN, (character) =>
    character === "\n" || character === "\t" ? character : escaped(character),
  );
}

/** The same as one line, newlines and tabs as escapes too. What is longer than `limit` characters is cut. Default 500. */
export function visibleLine(text: string, limit = LINE_LENGTH): string {
  const short = text.length > limit ? `${text.slice(0, limit)}… (${text.length} characters)` : text;
  return short.replace(UNSEEN, (character) =>
    character === "\n" ? "\\n" : character === "\t" ? "\\t" : escaped(character),
  );
}

/** JSON for a file or a terminal, in ASCII wherever a character cannot be seen: still the same JSON to every parser. */
export function visibleJson(value: unknown): string {
  return JSON.stringify(value, null, 2).replace(UNSEEN, (character) =>
    character === "\n"
      ? character
      : Array.from({ length: character.length }, (_, at) => character.charCodeAt(at))
          .map((unit) => `\\u${unit.toString(16).padStart(4, "0")}`)
          .join(""),
  );
}
