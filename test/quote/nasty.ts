/** Texts that mean something to some language, made by chance that can be repeated. */
import { random } from "../support/random";

/** What begins, ends, expands, comments out, breaks or hides something somewhere. */
const SCRAPS = [
  ...[
    "'",
    '"',
    "`",
    "''",
    '"""',
    "$",
    "$x",
    "${HOME}",
    "$(touch /tmp/x)",
    "$$",
    "%",
    "%h",
    "%{user}",
    "%%",
    "%s",
    "\\",
  ],
  ...["\\n", "\\'", ";", ";}", "#", " # ", "//", "--", "/*", "*/", "<!--", "-->", "<", ">", "&", "&amp;", "|", "||"],
  ...[
    "!",
    "(",
    ")",
    "{",
    "}",
    "[",
    "]",
    "]]",
    "=",
    ":",
    ",",
    "@",
    "@A@",
    "~",
    "*",
    "?",
    "^",
    "+",
    "-",
    ".",
    "/",
    "../",
  ],
  ...[
    "\n",
    "\r",
    "\r\n",
    "\0",
    "\t",
    "\v",
    "\x1b",
    "\x7f",
    " ",
    "  ",
    "\u00a0",
    "\u2028",
    "\u202e",
    "\ufeff",
    "é",
    "ü",
  ],
  ...["пример", "日本", "😀", "\ud800", "\uffff", "a", "b", "x1", "EOF", "END", "$SET:x", "<x", "touch /tmp/x"],
] as const;

/**
 * Nasty texts without end, the same for the same seed: each scrap alone and at either end of a word first, then mixtures, one
 * in thirty of them long.
 */
export function* nasty(seed: number): Generator<string, never> {
  for (const scrap of SCRAPS) yield* [scrap, `a${scrap}b`, `${scrap}b`, `a${scrap}`];
  const next = random(seed);
  for (;;) {
    const many = next(30) === 0 ? 200 : 2 + next(6);
    yield Array.from({ length: many }, () => SCRAPS[next(SCRAPS.length)] ?? "").join("");
  }
}

/** How many texts each test tries; more by hand: `POSTFLEET_NASTY=20000 npx jest test/quote`. */
export const TRIES = Number(process.env.POSTFLEET_NASTY ?? 600);

/** The first texts of a seed. */
export function texts(seed: number, count = TRIES): string[] {
  const found: string[] = [];
  for (const text of nasty(seed)) {
    if (found.push(text) >= count) break;
  }
  return found;
}

/**
 * The texts that a function takes, each with what it makes of it. What it refuses must hold one of the characters that the
 * language cannot say, and it must take the half of all texts at least: a function that refuses everything is safe, and no use.
 */
export function quotedBy(
  quote: (text: string) => string,
  maySay: (text: string) => boolean,
  given = texts(1),
): [text: string, quoted: string][] {
  return given.flatMap((text): [string, string][] => {
    let quoted: string;
    try {
      quoted = quote(text);
    } catch (error) {
      if (maySay(text)) throw new Error(`${JSON.stringify(text)} is refused: ${(error as Error).message}`);
      expect((error as Error).message).toMatch(/ (cannot be written in|is no) .*Allowed (is|are) /s);
      return [];
    }
    if (!maySay(text)) throw new Error(`${JSON.stringify(text)} is taken`);
    return [[text, quoted]];
  });
}
