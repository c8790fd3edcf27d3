/** From the parser's flat events to a tree: anchors resolved, duplicates named, tags and further documents refused. */
import { EVENT_ID, type Event, getScalarValue, SCALAR_STYLE } from "js-yaml";
import { deceiving } from "./characters";
import { indicator } from "./indicators";
import { type MapEntry, type MapNode, plainValue, type YamlFault, type YamlNode } from "./node";

/**
 * Nodes that a file may have once its aliases are followed. A few lines of nested aliases can stand for billions of nodes
 * ("billion laughs"); a site of 100 000 mailboxes stays below this.
 */
const MOST_NODES = 2_000_000;

/** Builds the tree of the first document. Faults do not stop it. */
export function buildTree(text: string, events: Event[]): { root?: YamlNode; faults: YamlFault[] } {
  const builder = new TreeBuilder(text, events);
  const root = builder.build();
  return { ...(root && { root }), faults: builder.faults };
}

class TreeBuilder {
  readonly faults: YamlFault[] = [];
  readonly #anchors = new Map<string, { node: YamlNode; size: number }>();
  /** Anchors of single values that no alias has meant yet, with their places. */
  readonly #named = new Map<string, number>();
  #next = 1;
  #size = 0;
  /** Where the last thing with a place ended; an empty value stands there. */
  #offset = 0;

  constructor(
    private readonly text: string,
    private readonly events: Event[],
  ) {}

  build(): YamlNode | undefined {
    if (this.events[0]?.type !== EVENT_ID.DOCUMENT || this.events[1]?.type === EVENT_ID.POP) return undefined;
    const root = this.#node();
    for (const offset of this.#named.values()) {
      const fault = indicator(this.text.slice(offset, offset + 80), offset, false);
      if (fault) this.faults.push({ ...fault, message: `${fault.message}; nothing refers to it` });
    }
    const second = this.events.findIndex((event, index) => index > 0 && event.type === EVENT_ID.DOCUMENT);
    if (second > 0) {
      const separator = this.text.indexOf("\n---", this.#offset);
      this.faults.push({
        offset: separator < 0 ? this.#offset : separator + 1,
        message: "a second YAML document begins here",
        given: "---",
        allowed: "one document in a file",
        hint: "remove the line `---`, or write the second site into a file of its own",
      });
    }
    return root;
  }

  /** Reads one node and all below it. */
  #node(): YamlNode {
    const event = this.events[this.#next++];
    const before = this.#size++;
    switch (event?.type) {
      case EVENT_ID.ALIAS:
        return this.#alias(this.text.slice(event.anchorStart, event.anchorEnd), event.anchorStart - 1);
      case EVENT_ID.SCALAR: {
        this.#refuseTag(event);
        const text = event.valueStart < 0 ? "" : getScalarValue(this.text, event);
        const plain = event.style === SCALAR_STYLE.PLAIN;
        // Inside quotes the value begins after the quote; people look at the quote.
        const quoted = event.style === SCALAR_STYLE.SINGLE_QUOTED || event.style === SCALAR_STYLE.DOUBLE_QUOTED;
        if (event.valueStart >= 0) this.#offset = event.valueStart - (quoted ? 1 : 0);
        const offset = this.#offset;
        if (event.valueEnd >= 0) this.#offset = event.valueEnd;
        if (plain && event.valueStart >= 0) this.#plainText(text, event.valueStart, event.valueEnd);
        const block = event.style === SCALAR_STYLE.LITERAL_BLOCK || event.style === SCALAR_STYLE.FOLDED_BLOCK;
        if (block && text.trim() === "") this.#emptyBlock(event.valueStart < 0 ? this.text.length : event.valueStart);
        // `name: &Co` is no name without a value, `location: &far lyon` may be one that is not used any more.
        const anchor = event.anchorStart < 0 ? "" : this.text.slice(event.anchorStart, event.anchorEnd);
        if (anchor !== "" && (text === "" || !/^[a-z0-9_-]+$/.test(anchor)))
          this.#named.set(anchor, event.anchorStart - 1);
        return this.#remember(event, { kind: "scalar", offset, text, value: plain ? plainValue(text) : text }, before);
      }
      case EVENT_ID.SEQUENCE: {
        this.#refuseTag(event);
        this.#offset = event.start;
        const items: YamlNode[] = [];
        while (!this.#closed()) items.push(this.#node());
        return this.#remember(event, { kind: "list", offset: event.start, items }, before);
      }
      case EVENT_ID.MAPPING: {
        this.#refuseTag(event);
        this.#offset = event.start;
        return this.#remember(event, { kind: "map", offset: event.start, entries: this.#entries() }, before);
      }
      default:
        // The parser closes what it opens; an end where a node should be cannot come.
        throw new Error(`unexpected YAML event ${JSON.stringify(event)}`);
    }
  }

  #closed(): boolean {
    if (this.events[this.#next]?.type !== EVENT_ID.POP) return false;
    this.#next++;
    return true;
  }

  #entries(): MapEntry[] {
    const entries = new Map<string, MapEntry>();
    const merged: YamlNode[] = [];
    while (!this.#closed()) {
      const key = this.#node();
      const value = this.#node();
      if (key.kind !== "scalar") {
        const hint = "write a plain word before the colon; text with { or [ needs quotes";
        this.faults.push({ offset: key.offset, message: "a list or map as a key", allowed: "text", hint });
        continue;
      }
      const first = entries.get(key.text);
      if (key.text === "<<") merged.push(...(value.kind === "list" ? value.items : [value]));
      else if (first === undefined) entries.set(key.text, { key: key.text, offset: key.offset, value });
      else {
        this.faults.push({
          offset: key.offset,
          message: "the key is given twice",
          firstAt: first.offset,
          given: key.text,
          allowed: "every key once",
          hint: "remove one of the two, or merge what stands below them",
        });
      }
    }
    for (const node of merged) this.#merge(entries, node);
    return [...entries.values()];
  }

  /** `<<: *defaults`: keys of the anchored map that are not given here. */
  #merge(entries: Map<string, MapEntry>, node: YamlNode): void {
    if (node.kind !== "map") {
      const hint = "write `<<: *name` with the anchor of a map";
      this.faults.push({ offset: node.offset, message: "only a map can be merged with <<", hint });
      return;
    }
    for (const entry of (node as MapNode).entries) if (!entries.has(entry.key)) entries.set(entry.key, entry);
  }

  #remember<N extends YamlNode>(event: { anchorStart: number; anchorEnd: number }, node: N, before: number): N {
    if (event.anchorStart >= 0) {
      const name = this.text.slice(event.anchorStart, event.anchorEnd);
      this.#anchors.set(name, { node, size: this.#size - before });
    }
    return node;
  }

  #alias(name: string, offset: number): YamlNode {
    this.#offset = offset;
    this.#named.delete(name);
    const anchor = this.#anchors.get(name);
    const empty: YamlNode = { kind: "scalar", offset, value: null, text: "" };
    if (anchor === undefined) {
      const hint = `write \`&${name}\` before the value that is meant, above this line, or put text that begins with * in quotes`;
      this.faults.push({ offset, message: "an alias to an anchor that is not there", given: `*${name}`, hint });
      return empty;
    }
    this.#size += anchor.size;
    if (this.#size <= MOST_NODES) return { ...anchor.node, offset };
    if (this.#size - anchor.size <= MOST_NODES) {
      const hint = "write the values out instead of nesting aliases in aliases";
      this.faults.push({
        offset,
        message: "the aliases stand for more than the file may hold",
        given: `*${name}`,
        hint,
      });
    }
    return empty;
  }

  /** Unquoted text that is not what it seems, or goes on behind a `#`. */
  #plainText(text: string, start: number, end: number): void {
    const fault = deceiving(text, start);
    if (fault) this.faults.push(fault);
    const cut =
      typeof plainValue(text) === "string" ? /^ +#(?=[\p{L}\p{N}])/u.exec(this.text.slice(end, end + 40)) : null;
    if (!cut) return;
    this.faults.push({
      offset: end + cut[0].length - 1,
      message: "a # behind a blank begins a comment: the value ends before it",
      given: "#",
      hint: "put the whole value in quotes if the # belongs to it; if it is a comment, write `# ` with a blank",
      severity: "warning",
    });
  }

  /** `size: >5`: a text of several lines that has none. */
  #emptyBlock(before: number): void {
    const offset = Math.max(this.text.lastIndexOf("|", before - 1), this.text.lastIndexOf(">", before - 1));
    const fault = indicator(`${this.text.slice(offset, offset + 80)} `, offset, false);
    if (offset >= 0 && fault) this.faults.push(fault);
  }

  #refuseTag(event: { tagStart: number; tagEnd: number }): void {
    if (event.tagStart < 0) return;
    this.faults.push({
      offset: event.tagStart,
      message: "YAML tags are not used in site files",
      given: this.text.slice(event.tagStart, event.tagEnd),
      allowed: "plain values",
      hint: "remove the tag; text that begins with ! needs quotes",
    });
  }
}
