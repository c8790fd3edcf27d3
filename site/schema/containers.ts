/** Kinds of values that hold others: objects with fixed keys, maps with free ones, lists. */
import { MOST_PROBLEMS, NOT_SHOWN, type Path, type Problems } from "../problems";
import { didYouMean, nearest } from "../suggest";
import { syntheticNode, type YamlNode } from "../yaml/node";
import {
  type Draft,
  type Entry,
  type Field,
  type Fields,
  type Item,
  inline,
  type JsonSchema,
  type Schema,
} from "./kinds";
import { refuseSecrets, SECRET_KEY } from "./secrets";

/** An object: these keys and no other. An empty one stands for all defaults. */
export function object<F extends Fields>(fields: F, options: { secret?: boolean } = {}): Schema<Draft<F>> {
  const names = Object.keys(fields);
  const required = names.filter((name) => fields[name]?.required);
  const allowed = `keys ${names.join(", ")}`;
  return {
    allowed,
    fields,
    get json() {
      const properties = Object.fromEntries(names.map((name) => [name, fieldJson(fields[name] as Field<unknown>)]));
      const type = required.length === 0 ? ["object", "null"] : "object";
      return { type, additionalProperties: false, properties, ...(required.length > 0 && { required }) };
    },
    read(node, at, problems) {
      const given = new Map(node.kind === "map" ? node.entries.map(({ key, value }) => [key, value]) : []);
      if (node.kind !== "map" && !(node.kind === "scalar" && node.value === null)) {
        const hint = `write one of its keys a line, indented, e.g. \`${names[0]}: ...\``;
        const hidden = options.secret ? { given: NOT_SHOWN } : {};
        problems.add(at, { message: "keys with values are expected here", allowed, hint, ...hidden });
      } else {
        // A misspelt key is one mistake, not an unknown one and a missing one.
        const lacking = required.filter((name) => !given.has(name));
        const strange = lacking.length === 0 ? [] : [...given.keys()].filter((key) => !names.includes(key));
        const meant = new Set(strange.slice(0, MOST_PROBLEMS).map((key) => nearest(key, names)));
        for (const name of lacking) if (!meant.has(name)) missing([...at, name], fields[name], problems);
      }
      for (const [key, value] of given) if (!names.includes(key)) unknownKey(key, value, at, names, problems);
      const draft = names.map((name) => [
        name,
        readField(fields[name] as Field<unknown>, given.get(name), [...at, name], problems),
      ]);
      return Object.fromEntries(draft) as Draft<F>;
    },
  };
}

function readField(field: Field<unknown>, node: YamlNode | undefined, at: Path, problems: Problems): unknown {
  const value = node && field.schema.read(node, at, problems);
  if (field.required && node?.kind === "scalar" && node.value === null) missing(at, field, problems);
  if (value !== undefined || field.default === undefined) return value;
  return field.schema.read(syntheticNode(field.default), at, problems);
}

function missing(at: Path, field: Field<unknown> | undefined, problems: Problems): void {
  const example = field?.examples?.[0];
  const name = String(at.at(-1));
  const hint = `add \`${name}: ${example === undefined ? "..." : inline(example)}\``;
  const allowed = field?.schema.allowed ?? "";
  problems.add(at, { message: `"${name}" is missing`, given: "(nothing)", allowed, hint, onKey: true });
}

function unknownKey(key: string, value: YamlNode, at: Path, names: string[], problems: Problems): void {
  const path = [...at, key];
  if (!SECRET_KEY.test(key)) {
    problems.add(path, () => ({
      message: "unknown key",
      given: key,
      allowed: names.join(", "),
      hint: didYouMean(key, names, "remove it; docs/site-file.md describes every key"),
      onKey: true,
    }));
  }
  refuseSecrets(key, value, path, problems);
}

/** A map whose keys are names that the file chooses. */
export function map<T, K extends string>(
  key: Schema<K>,
  value: Schema<T>,
  options: { min?: 1; secret?: boolean } = {},
): Schema<Entry<T, K>[]> {
  const allowed = `a map: one key a line, each ${key.allowed}`;
  return {
    allowed,
    ...(value.fields && { fields: value.fields }),
    get json() {
      const type = options.min ? "object" : ["object", "null"];
      const { type: _, ...propertyNames } = key.json;
      return { type, ...(options.min && { minProperties: 1 }), propertyNames, additionalProperties: value.json };
    },
    read(node, at, problems) {
      const empty = node.kind === "scalar" && node.value === null;
      if (node.kind !== "map" && !empty) {
        const hint =
          node.kind === "list" ? "write `name: ...` lines without the leading -" : "write `name: ...` lines below";
        problems.add(at, {
          message: "a map is expected here",
          allowed,
          hint,
          ...(options.secret && { given: NOT_SHOWN }),
        });
        return [];
      }
      const written = node.kind === "map" ? node.entries : [];
      if (options.min && written.length === 0 && !empty) {
        problems.add(at, { message: "at least one is needed", given: "(none)", allowed, hint: "add one", onKey: true });
      }
      const entries = new Map<K, Entry<T, K>>();
      for (const entry of written) {
        const path = [...at, entry.key];
        const name = key.read(syntheticNode(entry.key), path, problems, true);
        const inner = value.read(entry.value, path, problems);
        const first = name === undefined ? undefined : entries.get(name);
        if (first) problems.add(path, () => twice(entry.key, problems.lineOf(first.at)));
        else if (name !== undefined && inner !== undefined) entries.set(name, { key: name, at: path, value: inner });
      }
      return [...entries.values()];
    },
  };
}

const twice = (given: string, line: number) => ({
  message: `the same name is in line ${line} already`,
  given,
  allowed: "every name once; letter case makes no difference",
  hint: "remove one of the two",
  onKey: true,
});

/** A list. Elements that are refused are left out; the others keep their places. */
export function list<T>(item: Schema<T>, options: { min?: 1; unique?: boolean } = {}): Schema<Item<T>[]> {
  const allowed = `a list of ${item.allowed}`;
  return {
    allowed,
    ...(item.fields && { fields: item.fields }),
    get json() {
      return {
        type: "array",
        items: item.json,
        ...(options.min && { minItems: 1 }),
        ...(options.unique && { uniqueItems: true }),
      };
    },
    read(node, at, problems) {
      if (node.kind !== "list") {
        if (node.kind === "scalar" && node.value === null) return undefined;
        const hint = node.kind === "scalar" ? `write [${node.text}]` : "begin each element with `- `";
        problems.add(at, { message: "a list is expected here", allowed, hint });
        return [];
      }
      if (options.min && node.items.length === 0) {
        problems.add(at, {
          message: "the list is empty",
          given: "[]",
          allowed,
          hint: "name at least one, or remove the key",
        });
      }
      const items: Item<T>[] = [];
      const known = new Set<T>();
      for (const [index, element] of node.items.entries()) {
        const path = [...at, index];
        const value = item.read(element, path, problems);
        if (element.kind === "scalar" && element.value === null) {
          problems.add(path, { message: "an empty element", allowed: item.allowed, hint: "remove the - or the comma" });
        }
        if (value === undefined) continue;
        if (options.unique && known.has(value)) {
          problems.add(path, {
            message: "named twice in this list",
            allowed: "every element once",
            hint: "remove one of the two",
          });
        } else items.push({ at: path, value });
        known.add(value);
      }
      return items;
    },
  };
}

function fieldJson(field: Field<unknown>): JsonSchema {
  const { schema, description, default: given, otherwise, examples } = field;
  const more = otherwise === undefined ? "" : ` Default: ${otherwise}.`;
  return {
    ...schema.json,
    description: description + more,
    ...(given !== undefined && { default: given }),
    ...(examples && { examples }),
  };
}
