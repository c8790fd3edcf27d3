/** Values in records of DNS, in XML and in URIs. */
import { sayable } from "./refused";

/**
 * The inside of a character-string of a zone file, RFC 1035 §5.1: quotes and backslashes escaped, octets other than printable
 * ASCII as `\DDD`.
 */
export function zoneCharacters(text: Buffer): string {
  return text.toString("latin1").replace(/["\\]|[^ -~]/g, (character) => {
    if (character === '"' || character === "\\") return `\\${character}`;
    return `\\${String(character.charCodeAt(0)).padStart(3, "0")}`;
  });
}

/** A character-string has 255 octets at most, RFC 1035 §3.3. */
const STRING = 255;

/** Octets as one character-string or more of a zone file, each in quotes. */
export function zoneStrings(text: Buffer): string {
  const parts: string[] = [];
  for (let at = 0; at === 0 || at < text.length; at += STRING)
    parts.push(`"${zoneCharacters(text.subarray(at, at + STRING))}"`);
  return parts.join(" ");
}

/** Text of an element or an attribute of XML 1.0, which has no way at all to write most control characters. */
export function xmlText(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones to find
  const forbidden = /[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/;
  return sayable("XML", text, forbidden, "text without control characters").replace(
    /[&<>"\r]/g,
    (sign) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[sign] ?? "&#13;",
  );
}

/** A mail address as a URI; what means something in one, or in a record that holds it, is encoded, RFC 6068 §2. */
export const mailto = (address: string): string =>
  `mailto:${address.replace(/[^\w@.+=~&'*-]/gu, (sign) => Buffer.from(sign).toString("hex").toUpperCase().replace(/../g, "%$&"))}`;
