/**
 * A small typed description of what a file may hold. One description gives four things: the reader with its defaults, the
 * TypeScript type of what it reads, the JSON Schema for editors, and the reference in docs/.
 *
 * A reader never throws and never stops: a value that is refused is reported, and leaves its default or nothing behind,
 * so that everything else can still be checked.
 */
import { NOT_SHOWN, type Path, type Problems } from "../problems";
import type { YamlNode } from "../yaml/node";

/** A JSON Schema (draft-07), as far as it is used here. */
export type JsonSchema = { [key: string]: unknown };

/** What a value may be. `T` is what the reader makes of it. */
export interface Schema<T> {
  /** What may be written, in words. */
  readonly allowed: string;
  readonly json: JsonSchema;
  /** Field descriptions below, for the reference. */
  readonly fields?: Fields;
  /** Reads a node; `undefined` when there is nothing, or nothing usable. `asKey`: the node is the last key of `at`. */
  read(node: YamlNode, at: Path, problems: Problems, asKey?: boolean): T | undefined;
}

/** One key of an object. */
export interface Field<T> {
  schema: Schema<T>;
  /** What it means, one or two sentences. */
  description: string;
  /** Taken where nothing is given, as it would be written in the file. */
  default?: unknown;
  /** A default that is computed, in words. */
  otherwise?: string;
  required?: true;
  /** Values to show, as they would be written. */
  examples?: readonly unknown[];
}
export type Fields = Record<string, Field<unknown>>;

/** What an object with these fields is read into: only fields with a default are certain to be there. */
export type Draft<F extends Fields> = {
  [K in keyof F]: F[K] extends Field<infer T> ? (F[K] extends { default: unknown } ? T : T | undefined) : never;
};
/** One element of a list or map, with its place. */
export interface Item<T> {
  at: Path;
  value: T;
}
export interface Entry<T, K extends string = string> extends Item<T> {
  /** The key in its normal form; the last step of `at` is the key as written. */
  key: K;
}

/** The elements without their places. */
export const values = <T>(items: readonly Item<T>[]): T[] => items.map((item) => item.value);

/** Why a scalar was refused. */
export class Refusal {
  constructor(
    readonly message: string,
    readonly hint: string,
    /** What to show instead of the value, where it must not be shown. */
    readonly given?: string,
  ) {}
}
export type Parse<T> = (value: string | number | boolean, text: string) => T | Refusal;

/** A single value. `secret` ones are never shown. */
export function scalar<T>(options: {
  allowed: string;
  json: JsonSchema;
  secret?: boolean;
  /** What it reads is text. */
  textual?: boolean;
  parse: Parse<T>;
}): Schema<T> {
  const { allowed, json, secret, textual, parse } = options;
  return {
    allowed,
    json,
    read(node, at, problems, asKey = false) {
      const given = secret ? { given: NOT_SHOWN } : {};
      if (node.kind !== "scalar") {
        const hint =
          node.kind === "list" ? "write the one value without [ ] and -" : "write the value behind the colon";
        problems.add(at, { message: `a single value is expected here, not a ${node.kind}`, allowed, hint, ...given });
        return undefined;
      }
      if (node.value === null && secret !== true && textual && /^null$/i.test(node.text)) {
        const hint = `put it in quotes if it is text: "${node.text}"; to leave the value out, remove the key`;
        problems.add(at, {
          message: `${node.text} without quotes is no value at all for YAML`,
          allowed,
          hint,
          onKey: asKey,
        });
      }
      if (node.value === null) return undefined;
      const result = parse(node.value, node.text);
      if (!(result instanceof Refusal)) return result;
      const shown = asKey ? node.text : result.given;
      problems.add(at, { ...result, allowed, ...(shown !== undefined && { given: shown }), ...given, onKey: asKey });
      return undefined;
    },
  };
}

/** Text, refused unless it is written as text: `1.10` or `true` need quotes. */
export function text<T>(options: {
  allowed: string;
  json?: JsonSchema;
  secret?: boolean;
  parse: (text: string) => T | Refusal;
}): Schema<T> {
  return scalar({
    ...options,
    textual: true,
    json: { type: "string", ...options.json },
    parse: (value, written) =>
      typeof value === "string"
        ? options.parse(value)
        : new Refusal(`text is expected here, this is a ${typeof value} for YAML`, `put it in quotes: "${written}"`),
  });
}

/** A value as it would be written in one line of YAML. */
export function inline(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(inline).join(", ")}]`;
  if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value).map(([key, inner]) => `${key}: ${inline(inner)}`);
    return entries.length === 0 ? "{}" : `{ ${entries.join(", ")} }`;
  }
  const written = String(value);
  return typeof value === "string" && /^[[{*&!|>'"%@`#]|: | #/.test(written) ? JSON.stringify(written) : written;
}
