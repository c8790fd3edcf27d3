/** Data in the words of the languages in which programs on hosts are written. No value can leave the place it is put in. */
import { plainWord as plainText } from "../../quote/config";
import { type Datum, luaString, pythonLiteral, shellQuote, shellWord, wholeNumber } from "../../quote/programs";

export type { Datum } from "../../quote/programs";

/**
 * A value in the midst of a program's text: within a string, a path, a comment.
 * @throws where it holds anything that some language could take for its own
 */
export function plainWord(value: Datum): string {
  if (typeof value === "number") return wholeNumber(value);
  if (typeof value === "string") return plainText(value);
  throw new Error(`${JSON.stringify(value)} is no plain word. Allowed are strings and numbers`);
}

/** A value as a word of shell, in quotes only where it needs them. */
export function word(language: string, value: Datum): string {
  if (language === ".sh" && typeof value === "string") return shellWord(value);
  throw unknown(`a word of ${language}`, value, "a string, in a shell program");
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
  ".sh"(value) {
    if (typeof value === "number") return wholeNumber(value);
    if (typeof value === "string" && !value.includes("\0")) return shellQuote(value);
    throw unknown("shell", value, "a string without the character 0, or a number");
  },
  ".py": pythonLiteral,
  ".lua"(value) {
    if (typeof value === "number") return wholeNumber(value);
    if (typeof value === "boolean") return String(value);
    if (typeof value === "string") return luaString(value);
    throw unknown("Lua", value, "a string, a number, true or false");
  },
};

const unknown = (language: string, value: Datum, allowed: string) =>
  new Error(`${JSON.stringify(value)} cannot be told to ${language}. Allowed is ${allowed}`);
