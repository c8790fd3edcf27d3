/** Values in the files of daemons: UCL (rspamd), nginx, systemd, nftables, and words that mean nothing anywhere. */
import { isIP } from "node:net";
import { BREAKS, sayable } from "./refused";

/** Means nothing but itself in shell, Python, Lua, PHP, XML, OpenSSL, ini and named.conf, quoted or not, and in a comment. */
const PLAIN = /^[\p{L}\p{M}\p{N}_.:/@%+,=[\]-]+$/u;

/**
 * A word that means nothing but itself to any language, for places that have no quotes.
 * @throws where it holds anything that some language could take for its own
 */
export function plainWord(value: string): string {
  if (PLAIN.test(value)) return value;
  throw new Error(
    `${JSON.stringify(value)} is no plain word. Allowed are letters, digits and _ . : / @ % + , = [ ] - only. ` +
      "Hint: a string of its own in the program takes any text",
  );
}

/** A comment behind `#`, `;` or `//`: it ends where its line does. */
export const comment = (text: string): string => sayable("a comment", text, BREAKS, "text of one line");

/**
 * A string of UCL, as rspamd reads it. In double quotes it puts variables in for `$NAME` even where the sign is escaped, so that a
 * text with one goes into single quotes, which know one escape alone. Before all that, rspamd takes the whole file for a
 * template of Jinja's, with `{%`, `{=` and `{#`.
 */
export function uclString(value: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones to find
  const text = sayable("UCL", value, /[\0-\x08\x0b\x0c\x0e-\x1f\x7f]/, "text without control characters");
  if (!text.includes("$")) return JSON.stringify(text).replace(/\{(?=[%=#{])/g, "\\u007b");
  const allowed = "text of one line that has a dollar sign, or backslashes and braces with % = #, not both";
  return `'${sayable("UCL", text, /[\\\r\n]|\{[%=#{]/, allowed).replaceAll("'", "\\'")}'`;
}

/** A list of strings of UCL. */
export const uclList = (values: readonly string[]): string => `[${values.map(uclString).join(", ")}]`;

/** A string of nginx in double quotes. It may span lines; a dollar sign would begin a variable, and has no escape. */
export function nginxString(value: string): string {
  const text = sayable("nginx", value, /[$\0]/, "text without dollar signs");
  return `"${text.replace(/[\\"]/g, "\\$&")}"`;
}

/** One word of a setting of systemd, systemd.syntax(7): `%` begins a specifier, quotes and backslashes work as in C. */
export function systemdWord(value: string): string {
  const line = sayable("systemd", value, BREAKS, "text of one line");
  // It drops a line with one of these as "not UTF-8 clean".
  const text = sayable("systemd", line, /\p{NChar}/u, "text without noncharacters").replaceAll("%", "%%");
  if (/^[^\s'"\\;#]+$/.test(text)) return text;
  return `"${text.replace(/[\\"]/g, "\\$&").replaceAll("\t", "\\t")}"`;
}

/** One word of a command of systemd's, systemd.service(5): a dollar sign begins a variable there. */
export const systemdArgument = (value: string): string => systemdWord(value).replaceAll("$", "$$$$");

/** Addresses and networks as a set of nft(8). */
export const nftSet = (addresses: readonly string[]): string => `{ ${addresses.map(nftAddress).join(", ")} }`;

function nftAddress(text: string): string {
  const [address = "", bits, ...rest] = text.split("/");
  const family = address.includes("%") ? 0 : isIP(address);
  const widest = family === 4 ? 32 : 128;
  const width = bits === undefined ? 0 : /^\d{1,3}$/.test(bits) ? Number(bits) : Number.NaN;
  if (family !== 0 && width <= widest && rest.length === 0) return text;
  throw new Error(
    `${JSON.stringify(text)} is no address for nftables. Allowed is an address or a network, as 192.0.2.0/24`,
  );
}
