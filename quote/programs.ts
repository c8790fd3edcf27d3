/** Values as literals of the languages in which programs on hosts are written. Each reads back as the value. */
import { sayable } from "./refused";

/** What a program can be told. Numbers are whole: ports, bytes, seconds. */
export type Datum = string | number | boolean | readonly Datum[] | { readonly [key: string]: Datum };

const NUL = /\0/;

/** `'value'` for a POSIX shell: nothing is special in it but its end. */
export function shellQuote(value: string): string {
  return `'${sayable("shell", value, NUL, "text without the character 0").replaceAll("'", "'\\''")}'`;
}

/** A word for a POSIX shell, in quotes only where it needs them. It may stand beside other words without a blank. */
export function shellWord(value: string): string {
  return /^[\w.:/@%+,-]+$/.test(value) ? value : shellQuote(value);
}

/** A literal of Python: every string of JSON is one, and so are its lists and maps. */
export function pythonLiteral(value: Datum): string {
  if (typeof value === "number") return wholeNumber(value);
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "string") return JSON.stringify(value);
  if (isList(value)) return `[${value.map(pythonLiteral).join(",")}]`;
  const entries = Object.entries(value).map(([key, each]) => `${JSON.stringify(key)}:${pythonLiteral(each)}`);
  return `{${entries.join(",")}}`;
}

const isList = (value: Datum): value is readonly Datum[] => Array.isArray(value);

/** A string of Lua. Control characters go by number: Lua's escapes and JSON's differ. */
export function luaString(value: string): string {
  const text = sayable("Lua", value, /$^/, "well-formed text");
  const escaped = text
    .replace(/[\\"]/g, "\\$&")
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones to escape
    .replace(/[\0-\x1f]/g, (control) => `\\${`${control.charCodeAt(0)}`.padStart(3, "0")}`);
  return `"${escaped}"`;
}

/** A string of PHP in single quotes: no variables, and two characters to escape. */
export function phpString(value: string): string {
  return `'${sayable("PHP", value, /$^/, "well-formed text").replace(/[\\']/g, "\\$&")}'`;
}

/** A number as every language writes it. */
export function wholeNumber(value: number): string {
  if (!Number.isSafeInteger(value))
    throw new Error(`${value} is no whole number. Allowed is what counts without a fraction`);
  return String(value);
}
