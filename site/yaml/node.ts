/** The tree of a YAML file: every node knows where it stands. */
import { boolCoreTag, floatCoreTag, intCoreTag, NOT_RESOLVED, nullCoreTag } from "js-yaml";

/** A position in a text file, counted from 1. */
export interface Position {
  line: number;
  column: number;
}

export interface ScalarNode {
  kind: "scalar";
  offset: number;
  value: string | number | boolean | null;
  /** The text as written, without quotes. */
  text: string;
}
export interface ListNode {
  kind: "list";
  offset: number;
  items: YamlNode[];
}
export interface MapNode {
  kind: "map";
  offset: number;
  entries: MapEntry[];
}
export interface MapEntry {
  key: string;
  /** Offset of the key. */
  offset: number;
  value: YamlNode;
}
export type YamlNode = ScalarNode | ListNode | MapNode;

/** What is wrong with the YAML itself. */
export interface YamlFault {
  offset: number;
  message: string;
  hint: string;
  given?: string;
  allowed?: string;
  /** Default error. */
  severity?: "warning";
  /** Where the first of two stands; told behind the message. */
  firstAt?: number;
}

/** A parsed file. */
export class YamlDocument {
  readonly #lineStarts: number[] = [0];
  /** Entries by key, made when a map is first looked into: there may be as many problems as entries. */
  readonly #entries = new WeakMap<MapNode, Map<string, MapEntry>>();

  constructor(
    text: string,
    /** Absent when the YAML is too broken to be read. */
    readonly root: YamlNode | undefined,
    readonly faults: YamlFault[],
  ) {
    for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) this.#lineStarts.push(at + 1);
  }

  /** Line and column of an offset. */
  place(offset: number): Position {
    let low = 0;
    let high = this.#lineStarts.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((this.#lineStarts[middle] ?? 0) <= offset) low = middle;
      else high = middle;
    }
    return { line: low + 1, column: offset - (this.#lineStarts[low] ?? 0) + 1 };
  }

  #entry(node: MapNode, key: string): MapEntry | undefined {
    let index = this.#entries.get(node);
    if (index === undefined) {
      index = new Map(node.entries.map((entry) => [entry.key, entry]));
      this.#entries.set(node, index);
    }
    return index.get(key);
  }

  /**
   * Where a path stands, and what was written there. A scalar is shown at its value; a list or map, or what is missing,
   * at the key it belongs to.
   */
  locate(path: readonly (string | number)[], onKey: boolean): { place: Position; given?: string } {
    let node = this.root;
    let offset = node?.offset ?? 0;
    for (const step of path) {
      const entry = node?.kind === "map" && typeof step === "string" ? this.#entry(node, step) : undefined;
      const next = node?.kind === "list" && typeof step === "number" ? node.items[step] : entry?.value;
      if (next === undefined) return { place: this.place(offset) };
      // Flow collections stand where they begin; of block ones and of empty values only the key is on a line to look at.
      offset = entry && (onKey || next.kind !== "scalar" || next.value === null) ? entry.offset : next.offset;
      node = next;
    }
    return { place: this.place(offset), ...(node && { given: show(node) }) };
  }
}

/** A node in one line, as it could be written; what nests deep is left out. */
function show(node: YamlNode, depth = 0): string {
  if (node.kind === "scalar") return node.value === null ? "(empty)" : node.text;
  if (depth > 2) return "...";
  if (node.kind === "list")
    return `[${node.items
      .slice(0, 10)
      .map((item) => show(item, depth + 1))
      .join(", ")}]`;
  const entries = node.entries.slice(0, 10).map(({ key, value }) => `${key}: ${show(value, depth + 1)}`);
  return `{${entries.join(", ")}}`;
}

/** A node for a value that stands in no file, such as a default. */
export function syntheticNode(value: unknown): YamlNode {
  if (Array.isArray(value)) return { kind: "list", offset: 0, items: value.map(syntheticNode) };
  if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value).map(([key, inner]) => ({ key, offset: 0, value: syntheticNode(inner) }));
    return { kind: "map", offset: 0, entries };
  }
  return { kind: "scalar", offset: 0, value: value as ScalarNode["value"], text: String(value) };
}

/** The value of a plain scalar by the core schema of YAML 1.2: `true` is a boolean, `yes` and `on` are text. */
export function plainValue(text: string): ScalarNode["value"] {
  for (const tag of [nullCoreTag, boolCoreTag, intCoreTag, floatCoreTag]) {
    const value = tag.resolve(text, false, tag.tagName);
    if (value !== NOT_RESOLVED) return value;
  }
  return text;
}
