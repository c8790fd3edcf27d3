/** Names in zones: those that we write, and those that others may have. */

import { visibleLine } from "../../../system/visible";

/** Characters of a name, and of a label, RFC 1035 §2.3.4: the length on the wire is 255 octets, two more than the text. */
const [LONGEST, LONGEST_LABEL] = [253, 63];

/** What is wrong with a name for a record of ours (letters in lower case, no final dot); undefined if nothing is. */
export function nameProblem(name: string): string | undefined {
  return (
    lengthProblem(name) ??
    firstOf(name, (label) =>
      /^[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?$/.test(label)
        ? undefined
        : `the label "${visibleLine(label)}" has characters other than a-z, 0-9, - and _`,
    )
  );
}

const ESCAPE = /\\(\d{3}|[ -/:-~])/g;

/**
 * What is wrong with a name that somebody else wrote into a zone file: any octets may stand in a label (RFC 2181 §11), those
 * that are not printable as `\DDD`. "" is the root.
 */
export function ownerProblem(name: string): string | undefined {
  if (name === "") return undefined;
  const octets = name.replace(ESCAPE, (whole, which: string) => (Number(which) > 255 ? whole : "x"));
  if (octets.includes("\\")) return "a backslash without a character, or an octet from 000 to 255, after it";
  if (/[^!-~]/.test(octets)) return "a name with characters that are written \\DDD";
  return lengthProblem(octets);
}

/** A name with the one spelling of its escapes: letters as they are, in lower case, blanks and what cannot be seen as `\DDD`. */
export function unescaped(name: string): string {
  const plain = name.replace(ESCAPE, (_, which: string) => {
    const octet = which.length === 3 ? Number(which) : which.charCodeAt(0);
    const character = String.fromCharCode(octet);
    if (/[\w*+/=-]/.test(character)) return character;
    return /[!-~]/.test(character) ? `\\${character}` : `\\${String(octet).padStart(3, "0")}`;
  });
  return plain.toLowerCase();
}

function lengthProblem(name: string): string | undefined {
  if (name.length > LONGEST) return `it has ${name.length} characters; ${LONGEST} are allowed`;
  return firstOf(name, (label) => {
    if (label === "") return "a label is empty";
    if (label.length > LONGEST_LABEL)
      return `the label "${visibleLine(label, LONGEST_LABEL)}" has ${label.length} characters; ${LONGEST_LABEL} are allowed`;
    return undefined;
  });
}

function firstOf(name: string, problem: (label: string) => string | undefined): string | undefined {
  for (const label of name.split(".")) {
    const found = problem(label);
    if (found) return found;
  }
  return undefined;
}
