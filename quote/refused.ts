/** What a language cannot say. */

/** Line breaks and the character 0 end a value, or the file, in nearly every language of configuration. */
export const BREAKS = /[\0\r\n]/;

/** Half of a pair of UTF-16, which UTF-8 has no bytes for: the file would hold another character in its place. */
export const HALVES = /\p{Cs}/u;

/**
 * The value, unless it holds something that the language has no way to write.
 * @param forbidden finds it
 * @param instead what is allowed, as the end of a sentence
 * @throws naming the value, the language, and what is allowed
 */
export function sayable(language: string, value: string, forbidden: RegExp, instead: string): string {
  const found = (forbidden.exec(value) ?? HALVES.exec(value))?.[0];
  if (found === undefined) return value;
  const given = value.length > 60 ? `${value.slice(0, 60)}…` : value;
  throw new Error(
    `${JSON.stringify(given)} cannot be written in ${language} because of ${JSON.stringify(found)}. Allowed is ${instead}`,
  );
}
