/** Characters that cannot be seen, or are taken for others: they come with text that was copied. */
import type { YamlFault } from "./node";

/** C0 and C1 without tab, line feed, carriage return: YAML 1.2 §5.1. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]/g;
const LONE_CR = /\r(?!\n)/g;
/** Blanks other than the space, and what has no width: joiners, marks of direction, soft hyphens. */
const UNSEEN = /[\u00a0\u00ad\u1680\u180e\u2000-\u200f\u2028-\u202f\u205f-\u2064\u2066-\u2069\u3000\ufeff]/u;
const CURLY = /^[\u2018-\u201f\u00ab\u00bb\u2039\u203a]/u;

const NAMES: Record<number, string> = {
  0: "a NUL",
  160: "a no-break space",
  173: "a soft hyphen",
  8203: "a zero-width space",
  8204: "a zero-width non-joiner",
  8205: "a zero-width joiner",
  8206: "a left-to-right mark",
  8207: "a right-to-left mark",
  8232: "a line separator",
  8233: "a paragraph separator",
  8239: "a narrow no-break space",
  8288: "a word joiner",
  12288: "an ideographic space",
  65279: "a byte order mark",
};

const code = (character: string) => `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;

/** Characters that are nowhere in a YAML file: the first of each line. */
export function controlCharacters(text: string): YamlFault[] {
  const faults: YamlFault[] = [];
  let lineEnd = -1;
  for (const { 0: character, index } of text.matchAll(CONTROL)) {
    if (index < lineEnd) continue;
    const next = text.indexOf("\n", index);
    lineEnd = next < 0 ? text.length : next;
    const name = NAMES[character.charCodeAt(0)] ?? "a control character";
    faults.push({
      offset: index,
      message: `${name} (${code(character)}) in the file`,
      given: code(character),
      allowed: "text",
      hint: "delete it; a file that is full of them is damaged, or no text at all: take it from the repository again",
    });
  }
  return faults;
}

/** Line ends of Mac OS before 2001, which YAML takes for line ends and most programs do not. */
export function loneReturns(text: string): YamlFault[] {
  const [first, ...others] = [...text.matchAll(LONE_CR)].map(({ index }) => index);
  if (first === undefined) return [];
  const all = others.length === 0 ? "" : `, and ${others.length} more`;
  return [
    {
      offset: first,
      message: `a carriage return (CR, U+000D) without a line feed${all}`,
      given: "CR",
      allowed: "lines that end with LF or CR LF",
      hint: "convert the line ends: `tr '\\r' '\\n' < FILE > NEW`",
    },
  ];
}

/** The first character of unquoted text that is not what it seems; `at` is where the text begins. */
export function deceiving(text: string, at: number): YamlFault | undefined {
  const unseen = UNSEEN.exec(text);
  if (unseen) {
    const [character] = unseen;
    const name =
      NAMES[character.codePointAt(0) ?? 0] ??
      (/\p{Zs}/u.test(character) ? "an unusual blank" : "a character without width");
    return {
      offset: at + unseen.index,
      message: `${name} (${code(character)}), which cannot be told from a space, or from nothing`,
      given: code(character),
      allowed: "plain spaces",
      hint: "delete it and type a space where one belongs; text that is to have it needs quotes",
    };
  }
  const curly = CURLY.exec(text)?.[0];
  if (curly === undefined) return undefined;
  return {
    offset: at,
    message: `a typographic quotation mark ${curly} (${code(curly)}): YAML takes it for a part of the text`,
    given: curly,
    allowed: "\" or '",
    hint: "write the straight quotation mark \" or ' at both ends",
  };
}
