/** Values in the files of mail servers: Postfix, Dovecot, maps of rspamd. */
import { BREAKS, sayable } from "./refused";

/** A value in main.cf or behind `-o`, postconf(5): `$` begins a parameter, blanks at the ends are lost, ` #` is a complaint. */
export function postfixValue(value: string): string {
  sayable("main.cf", value, BREAKS, "text of one line");
  return sayable(
    "main.cf",
    value,
    /^\s|\s$|\s[\s#]|[\t\v\f]/,
    "text with single blanks, none of them at an end or before #",
  ).replaceAll("$", "$$$$");
}

/**
 * A line of a lookup table, texthash(5): key, blank, value. Neither side knows escapes, and a quote in a key
 * wants its partner.
 */
export function postfixEntry(key: string, value: string): string {
  sayable(
    "a table of Postfix",
    key,
    /^$|^#|["\\\s\0]|:$/,
    "a key without blanks, quotes and backslashes, without # at its begin or : at its end",
  );
  sayable("a table of Postfix", value, BREAKS, "a value of one line");
  return `${key} ${sayable("a table of Postfix", value, /^$|^\s|\s$/, "a value without blanks at its ends")}\n`;
}

/** Text inside `/…/` of a table of regular expressions, regexp_table(5). */
export const postfixPattern = (text: string): string =>
  sayable("a pattern", text, BREAKS, "text of one line").replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");

/**
 * A value of Dovecot 2.4's configuration: in quotes where it needs them. `%{` begins a variable and is written `%%{`;
 * `$SET:` and `<` mean something outside of quotes alone.
 */
export function dovecotValue(value: string): string {
  const text = sayable("dovecot.conf", value, BREAKS, "text of one line").replace(/%+(?=\{)/g, "%$&");
  if (/^[\w.:/@+,[\]=&~*%-]([\w.:/@+,[\]=&~*% -]*[\w.:/@+,[\]=&~*%-])?$/.test(text)) return text;
  return `"${text.replace(/[\\"]/g, "\\$&")}"`;
}

/** A field of Dovecot's passwd-file: colons end it, and a line of `#` is a comment. */
export const passwdField = (value: string): string =>
  sayable("a passwd-file", value, /^#|[:\0\s]/, "text without colons and blanks that does not begin with #");

/** A line of a map of rspamd: key, blank, value; quotes, backslashes and # have a meaning in its keys. */
export function rspamdEntry(key: string, value: string): string {
  const allowed = "text without blanks, double quotes, backslashes and #";
  return `${sayable("a map of rspamd", key, /^$|[\s"\\#\0]/, allowed)} ${sayable("a map of rspamd", value, /^$|[\s"\\#\0]/, allowed)}\n`;
}
