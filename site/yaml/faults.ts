/** The parser's complaints in words of people who do not write parsers. */
import type { YAMLException } from "js-yaml";
import { meantAsText } from "./indicators";
import type { YamlFault } from "./node";

/** The parser's words -> what to look for. The first that matches wins. */
const HINTS: [RegExp, string][] = [
  [/flow collection|missed comma|found ','/, "look for a { or [ without its } or ], or for a missing or doubled comma"],
  [
    /double quoted|escape|hexadecimal/,
    'look for a " without its partner; in double quotes a backslash is written \\\\',
  ],
  [/single quoted/, "look for a ' without its partner; inside single quotes it is written ''"],
  [/alias|anchor/, "a value that begins with * or & needs quotes"],
  [/tag|verbatim/, "a value that begins with ! needs quotes"],
  [/maxDepth/, "nothing in a site file nests that deep; look for a row of [ or {"],
  [/null byte|non-printable|JSON character/, "the file holds bytes that are no text; save it as UTF-8"],
  [/directive|YAML version/, "a line that begins with % needs quotes; site files have no directives"],
  [
    /block scalar|chomping|indentation width/,
    "text after | or > begins on the next line; a value that begins with | or > needs quotes",
  ],
  [/document separator|document/, "look for a line above that is indented less or more than its neighbours"],
  [/indentation/, "lines of one map or list begin in the same column; compare with the line above"],
  [/key|mapping/, "write `key: value`, with a space after the colon; a value that holds `: ` needs quotes"],
];

/** One problem from a parser's exception. */
export function explainYaml(error: YAMLException, text: string): YamlFault {
  const opened = /end of the (stream|document)|missed comma|deficient/.test(error.reason) ? unclosed(text) : undefined;
  const offset = opened ?? Math.min(error.mark?.position ?? 0, Math.max(0, text.trimEnd().length - 1));
  const lineStart = text.lastIndexOf("\n", offset - 1) + 1;
  const line = text.slice(lineStart).split(/\r?\n/, 1)[0]?.trim() ?? "";
  const meant = meantAsText(wholeLine(text, lineStart), lineStart) ?? lineBefore(text, lineStart);
  if (meant) return meant;
  const hint = HINTS.find(([words]) => words.test(error.reason))?.[1] ?? "compare the line with the one above";
  // A broken line may hold a secret just as well as a whole one.
  const given =
    line === "" ||
    /pass|secret|token|PRIVATE KEY|\{[A-Z0-9-]+\}/i.test(line) ||
    (/@/.test(line) && line.lastIndexOf(":") > line.indexOf("@"))
      ? undefined
      : line;
  const message = opened === undefined ? `broken YAML: ${error.reason}` : "broken YAML: opened here and never closed";
  return { offset, message, ...(given !== undefined && { given }), allowed: "YAML 1.2", hint };
}

const wholeLine = (text: string, start: number) => text.slice(start).split(/\r?\n/, 1)[0] ?? "";

/** Much of what is wrong in a line shows only in the next one. */
function lineBefore(text: string, lineStart: number): YamlFault | undefined {
  const before = text.slice(0, lineStart).trimEnd();
  if (before === "") return undefined;
  const start = before.lastIndexOf("\n") + 1;
  return meantAsText(before.slice(start), start);
}

/** Offset of the innermost bracket or quote that is never closed: the parser only notices at the end of the file. */
function unclosed(text: string): number | undefined {
  const open: number[] = [];
  for (let at = 0; at < text.length; at++) {
    const char = text[at] ?? "";
    const startsValue = /[\s[{,:]/.test(text[at - 1] ?? " ");
    if (char === "#" && /\s/.test(text[at - 1] ?? " ")) {
      at = text.indexOf("\n", at);
      if (at < 0) break;
    } else if ((char === '"' || char === "'") && startsValue) {
      const closing = char === '"' ? /(?:[^"\\]|\\.)*"/sy : /(?:[^']|'')*'/sy;
      closing.lastIndex = at + 1;
      if (!closing.test(text)) return at;
      at = closing.lastIndex - 1;
    } else if ((char === "{" || char === "[") && (startsValue || open.length > 0)) open.push(at);
    else if ((char === "}" || char === "]") && open.length > 0) {
      const opened = open.pop() ?? 0;
      if (text[opened] !== (char === "}" ? "{" : "[")) return opened;
    }
  }
  return open.at(-1);
}
