/**
 * Programs that run on hosts stand in files of their own language, `roles/<role>/programs/<name>.<py|sh|lua|php|sieve>`, each
 * valid there as it stands, so that linters and editors read what we write. Only data is filled in:
 *
 * - `"@NAME@"`, a string that holds nothing but a placeholder, becomes a literal of the language; its quotes go;
 * - `''@NAME@''` in shell becomes a word, with quotes only where it needs them, also beside other words: `''@DIR@''/file`;
 * - `@NAME@` anywhere else becomes a plain word, which means nothing to any language;
 * - `# @OWNED@` becomes the line that says whose file this is;
 * - the lines between `#@if flag` (or `#@if not flag`), `#@else` and `#@end` are there or not. The comments may be those of
 *   any of the languages, and vanish.
 */
import { readFileSync } from "node:fs";
import { extname } from "node:path";
import { sourcePath } from "../../provider/sources";
import { type Datum, literal, plainWord, word } from "./literals";
import { owned } from "./paths";

/** What a program is told when it is written for a host. */
export interface ProgramData {
  /** What its placeholders stand for, by their names without `@`. Every value has a place, and every place a value. */
  values?: Readonly<Record<string, Datum>>;
  /** For each of its optional parts whether it is there. */
  flags?: Readonly<Record<string, boolean>>;
}

const texts = new Map<string, string>();

/**
 * The text of a program with its data.
 * @param name its file in the role's folder `programs`
 * @throws where data and file do not fit together, or a value could mean more than itself at its place
 */
export function program(role: string, name: string, data: ProgramData = {}): string {
  const path = `roles/${role}/programs/${name}`;
  let text = texts.get(path);
  if (text === undefined) {
    text = readFileSync(sourcePath(path), "utf8");
    texts.set(path, text);
  }
  try {
    return render(text, { ...data, role, language: extname(name) });
  } catch (error) {
    throw new Error(`${path}: ${(error as Error).message}`);
  }
}

const OWNED = /^(\S+) @OWNED@\n/m;
const PLACE = /''@(?<word>[A-Z][A-Z0-9_]*)@''|(["'])@(?<string>[A-Z][A-Z0-9_]*)@\2|@(?<plain>[A-Z][A-Z0-9_]*)@/g;

/** As {@link program}, from the text of a file; `language` is its extension. */
export function render(text: string, data: ProgramData & { role: string; language: string }): string {
  const { role, language, values = {}, flags = {} } = data;
  const names = new Set(
    [...text.replace(OWNED, "").matchAll(PLACE)].map(({ groups }) => groups?.word ?? groups?.string ?? groups?.plain),
  );
  for (const name of Object.keys(values)) {
    if (!names.has(name)) throw new Error(`the value ${name} has no place. ${allowed("The placeholders are", names)}`);
  }
  const owner = chosenParts(text, flags).replace(OWNED, (_, comment: string) => owned(role, comment));
  // In one pass: what looks like a placeholder in a value is none.
  return owner.replace(PLACE, (place, inWord?: string, _quote?: string, string?: string, plain?: string) => {
    const name = inWord ?? string ?? plain ?? "";
    const value = values[name];
    if (value === undefined) throw new Error(`${place} has no value. ${allowed("Given are", Object.keys(values))}`);
    try {
      if (inWord !== undefined) return word(language, value);
      return string === undefined ? plainWord(value) : literal(language, value);
    } catch (error) {
      throw new Error(`${place}: ${(error as Error).message}`);
    }
  });
}

/** Not code in any of the languages: a comment, and `@` right after its sign. */
const MARKER = /^[ \t]*(?:#|--|\/\/|<!--)@(.*?)(?:-->)?$/;

/** The flags of a program. */
export function flagsOf(text: string): string[] {
  const conditions = text.split("\n").map((line) => /^if (?:not )?(\w+)$/.exec(MARKER.exec(line)?.[1] ?? "")?.[1]);
  return [...new Set(conditions.filter((flag) => flag !== undefined))];
}

/** A program without the parts that these flags leave out, and without the comments that mark parts. */
export function chosenParts(text: string, flags: Readonly<Record<string, boolean>>): string {
  const known = flagsOf(text);
  for (const flag of new Set([...known, ...Object.keys(flags)])) {
    if (!known.includes(flag)) throw new Error(`there is no flag ${flag}. ${allowed("The flags are", known)}`);
    if (flags[flag] === undefined) throw new Error(`the flag ${flag} is not given. Allowed are true and false`);
  }
  /** For every part that is open here: whether it is wanted, and whether its `else` has come. */
  const open: { wanted: boolean; other: boolean }[] = [];
  const lines = text.split("\n").filter((line, index) => {
    const marker = MARKER.exec(line)?.[1];
    if (marker === undefined) return open.every(({ wanted }) => wanted);
    const condition = /^if (not )?(\w+)$/.exec(marker);
    const innermost = open.at(-1);
    if (condition) open.push({ wanted: flags[condition[2] ?? ""] === (condition[1] === undefined), other: false });
    else if (marker === "else" && innermost?.other === false) {
      innermost.wanted = !innermost.wanted;
      innermost.other = true;
    } else if (marker === "end" && innermost) open.pop();
    else
      throw new Error(
        `line ${index + 1}: "${line.trim()}" has no place here. Allowed are @if FLAG, @if not FLAG, then @else and @end`,
      );
    return false;
  });
  if (open.length > 0) throw new Error(`${open.length} parts that begin with @if have no @end`);
  return lines.join("\n");
}

function allowed(what: string, names: Iterable<string | undefined>): string {
  const list = [...names].join(", ");
  return list === "" ? `${what} none` : `${what} ${list}`;
}
