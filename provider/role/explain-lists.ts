/** Changes of the lists of a role (commands, probes, kept paths) in words: one line for what came, went or differs. */
import { LISTS, type ListName, type RoleInputs } from "../manifest";
import { equal, type Value } from "../values";

/** The lists that {@link listChanges} can tell of, with the noun of an element. */
const NOUNS: Record<ListName, string> = { prepare: "prepare", validate: "validate", health: "probe", keep: "keep" };

export function isListName(name: string): name is ListName {
  return LISTS.some((list) => list === name);
}

type Element = RoleInputs[ListName][number];

/** What an element does, as a person would type or name it; elements with the same text are the same to a reader. */
function text(element: Element): string {
  if (typeof element === "string") return element;
  if ("argv" in element)
    return element.argv.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : quoted(word))).join(" ");
  if (element.kind === "tcp") {
    const address = element.address.includes(":") ? `[${element.address}]` : element.address;
    return `tcp ${address}:${element.port}${element.tls ? " (TLS)" : ""}`;
  }
  return element.kind === "http" ? `http ${element.url}` : `unit ${element.unit}`;
}

/** A word of a command as a shell would want it, on one line. */
function quoted(word: string): string {
  const line = word.replace(/\s+/g, " ");
  return `'${line.length > 60 ? `${line.slice(0, 59)}…` : line}'`;
}

/** `+`, `-` and `~` lines from `live` to `wanted`. */
export function listChanges(name: ListName, live: RoleInputs, wanted: RoleInputs): string[] {
  const noun = NOUNS[name];
  const [before, after] = [live[name] as Element[], wanted[name] as Element[]];
  const left = [...before];
  const lines = after.flatMap((element) => {
    const same = left.findIndex((other) => equal(other, element));
    const at = same >= 0 ? same : left.findIndex((other) => text(other) === text(element));
    if (at < 0) return [`+ ${noun} ${text(element)}`];
    const [was] = left.splice(at, 1);
    return same >= 0 || was === undefined ? [] : [`~ ${noun} ${text(element)}: ${settings(was, element)}`];
  });
  lines.push(...left.map((element) => `- ${noun} ${text(element)}`));
  if (lines.length > 0) return lines;
  return [`~ ${name}: ${before.length > 0 && !equal(before, after) ? "in another order" : "not known yet"}`];
}

/** What differs between two elements that do the same: `timeout 10 -> 20`. */
function settings(before: Element, after: Element): string {
  const [was, is] = [Object(before) as Record<string, Value>, Object(after) as Record<string, Value>];
  return [...new Set([...Object.keys(was), ...Object.keys(is)])]
    .filter((key) => !equal(was[key], is[key]))
    .map((key) => `${key} ${JSON.stringify(was[key]) ?? "(none)"} -> ${JSON.stringify(is[key]) ?? "(none)"}`)
    .join(", ");
}
