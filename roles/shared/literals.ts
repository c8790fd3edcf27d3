/** Data in the words of the languages in which programs on hosts are written. No value can leave the place it is put in. */

/** What a program can be told. Numbers are whole: ports, bytes, seconds. */
export type Datum = string | number | boolean | readonly Datum[] | { readonly [key: string]: Datum };

/** Means nothing but itself in shell, Python, Lua, PHP and XML, quoted or not, and in a comment. */
const PLAIN = /^[\p{L}\p{M}\p{N}_.:/@%+,=[\]-]+$/u;

/**
 * A value in the midst of a program's text: within a string, a path, a comment.
 * @throws where it holds anything that some language could take for its own
 */
export function plainWord(value: Datum): string {
  const word = typeof value === "number" ? wholeNumber(value) : value;
  if (typeof word === "string" && PLAIN.test(word)) return word;
  throw new Error(
    `${shown(value)} is no plain word. Allowed are letters, digits and _ . : / @ % + , = [ ] - only. ` +
      "Hint: a string of its own in the program takes any text",
  );
}

/**
 * A value as a literal of a language.
 * @param language the extension of its files: `.sh`, `.py` or `.lua`
 * @throws where the language has none for such a value
 */
export function literal(language: string, value: Datum): string {
  const write = Object.hasOwn(LANGUAGES, language) ? LANGUAGES[language] : undefined;
  if (write === undefined) {
    const known = Object.keys(LANGUAGES).join(", ");
    throw new Error(`literals are known for ${known}, not for ${language}. Hint: put it in the midst of a longer text`);
  }
  return write(value);
}

const LANGUAGES: Readonly<Record<string, (value: Datum) => string>> = {
  /** A single-quoted string, in which nothing is special but its end; a bare number. */
  ".sh"(value) {
    if (typeof value === "number") return wholeNumber(value);
    if (typeof value === "string" && !value.includes("\0")) return `'${value.replaceAll("'", "'\\''")}'`;
    throw unknown("shell", value, "a string without the character 0, or a number");
  },
  /** Every string of JSON is one of Python, and so are its lists and maps. */
  ".py"(value) {
    if (typeof value === "number") return wholeNumber(value);
    if (typeof value === "boolean") return value ? "True" : "False";
    if (typeof value === "string") return JSON.stringify(value);
    if (isList(value)) return `[${value.map((each) => literal(".py", each)).join(",")}]`;
    const entries = Object.entries(value).map(([key, each]) => `${JSON.stringify(key)}:${literal(".py", each)}`);
    return `{${entries.join(",")}}`;
  },
  /** Control characters go by number: Lua's escapes and JSON's differ. */
  ".lua"(value) {
    if (typeof value === "number") return wholeNumber(value);
    if (typeof value === "boolean") return String(value);
    if (typeof value !== "string") throw unknown("Lua", value, "a string, a number, true or false");
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones to escape
    return `"${value.replace(/[\\"]/g, "\\$&").replace(/[\0-\x1f]/g, (c) => `\\${`${c.charCodeAt(0)}`.padStart(3, "0")}`)}"`;
  },
};

const isList = (value: Datum): value is readonly Datum[] => Array.isArray(value);

function wholeNumber(value: number): string {
  if (!Number.isSafeInteger(value))
    throw new Error(`${value} is no whole number. Allowed is what counts without a fraction`);
  return String(value);
}

const shown = (value: Datum) => JSON.stringify(value);

const unknown = (language: string, value: Datum, allowed: string) =>
  new Error(`${shown(value)} cannot be told to ${language}. Allowed is ${allowed}`);
