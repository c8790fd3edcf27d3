/** Characters that mean something to YAML at the beginning of a value: who meant them as text is told which, and the cure. */
import { deceiving } from "./characters";
import type { YamlFault } from "./node";

const MEANINGS: Record<string, string> = {
  "@": "which YAML keeps for itself",
  "`": "which YAML keeps for itself",
  "*": "which YAML takes for an alias of a value elsewhere",
  "&": "which YAML takes for an anchor, the name of a value",
  "!": "which YAML takes for a tag",
  "%": "which YAML takes for a directive",
  "|": "which YAML takes for the beginning of a text of several lines",
  ">": "which YAML takes for the beginning of a text of several lines",
  ",": "which YAML takes for the end of an element",
  "]": "which YAML takes for the end of a list",
  "}": "which YAML takes for the end of a map",
};

const SECRET = /pass|pw|secret|token|key/i;

/** What in a line that cannot be read was probably meant as text; `start` is the line's offset. */
export function meantAsText(line: string, start: number): YamlFault | undefined {
  const first = line.length - line.replace(/^(?: |- )*/, "").length;
  const colon = line.slice(first).search(/:(?:\s|$)/);
  const key = { at: first, text: line.slice(first), isKey: true };
  const after = first + colon + 1;
  const blanks = /^ */.exec(line.slice(after))?.[0].length ?? 0;
  const value = { at: after + blanks, text: line.slice(after + blanks), isKey: false };
  for (const { at, text, isKey } of colon < 0 ? [key] : [key, value]) {
    const odd = deceiving(/^['"]/.test(text) ? "" : (text.split(" #", 1)[0] ?? ""), at);
    const found = odd ?? hash(text, at) ?? indicator(text, at, isKey && colon >= 0, SECRET.test(line.slice(0, at)));
    if (found) return { ...found, offset: start + found.offset };
  }
  // Inside of { } or [ ], where the line says little: a scheme in capitals is no map of anybody's.
  const inner = /[:,[{]\s*(?=\{[A-Z][A-Z0-9.-]*\}[^\s,}\]])/.exec(line);
  if (inner) {
    const at = inner.index + inner[0].length;
    const found = hash(line.slice(at), at);
    if (found) return { ...found, offset: start + at };
  }
  const quoted = /^(?:"(?:[^"\\]|\\.)*"|'(?:[^']|'')*')(?=[^\s:,\]}]|\s+[^\s#:,\]}])/.exec(value.text)?.[0];
  if (quoted !== undefined) {
    return {
      offset: start + value.at + quoted.length - 1,
      message: `the text ends at this ${quoted[0]}, and more stands behind it`,
      given: quoted[0] ?? "",
      allowed: "the whole value in one pair of quotation marks",
      hint:
        quoted[0] === "'" ? "inside of single quotes a ' is written ''" : 'inside of double quotes a " is written \\"',
    };
  }
  if (colon < 0 || /^['"{[#|>]/.test(value.text)) return undefined;
  if (value.text.startsWith("- ")) {
    return {
      offset: start + value.at,
      message: "the list begins behind its key",
      given: "-",
      allowed: "one element a line, below the key",
      hint: "begin a new line for the first element, or write [one, two]; text that begins with - and a blank needs quotes",
    };
  }
  const second = (value.text.split(" #", 1)[0] ?? "").search(/:(?:\s|$)/);
  if (second < 0) return undefined;
  return {
    offset: start + value.at + second,
    message: 'a value with ": " in it, which YAML takes for another key',
    given: ":",
    allowed: "one `key: value` in a line",
    hint: "put the whole value in quotes, or begin a new line for the second key",
  };
}

/** `{BLF-CRYPT}$2y$...` without quotes. Nothing of it is shown. */
function hash(text: string, offset: number): YamlFault | undefined {
  const scheme = /^(\{[\w.-]+\})[^\s,}\]]/.exec(text)?.[1];
  if (scheme === undefined) return undefined;
  return {
    offset,
    message: "the value begins with {, which YAML takes for the beginning of a map",
    given: `${scheme}...`,
    allowed: "text in quotes",
    hint: `put the whole value in single quotes: '${scheme}...'`,
  };
}

/** A value that begins with a character of YAML's own. */
export function indicator(text: string, offset: number, isKey: boolean, secret = false): YamlFault | undefined {
  const character = text[0] ?? "";
  const meaning = Object.hasOwn(MEANINGS, character) ? MEANINGS[character] : undefined;
  const word = /^\S[^\s:,'"]{0,60}/.exec(text)?.[0] ?? character;
  if (meaning === undefined || text.length < 2) return undefined;
  const shown = /^[@*]/.test(character) && !secret;
  return {
    offset,
    message: `the ${isKey ? "key" : "value"} begins with ${character}, ${meaning}`,
    // Behind an @ or * stands an address; behind others it may be a secret.
    given: shown ? word : character,
    allowed: "text in quotes",
    hint: shown ? `put it in quotes: "${word}"${isKey ? ":" : ""}` : "put the whole value in quotes",
  };
}
