/**
 * Property values as the engine sends them: JSON with marked secrets and unknowns.
 *
 * Handlers work on plain values; what was secret on the way in is marked again on the way out by {@link resecret}.
 */
import { Struct } from "google-protobuf/google/protobuf/struct_pb";

/** Any JSON value, secrets and unknowns included. */
export type Value = null | boolean | number | string | Value[] | { [key: string]: Value };
export type ValueMap = { [key: string]: Value };

/**
 * Typed values as a preview has them: whatever is in them may be unknown still, as a whole or in part. An update knows all,
 * and every `T` is a `Preview<T>`.
 */
export type Preview<T> = ValueMap extends T ? T : { [Name in keyof T]: MaybeUnknown<T[Name]> };
type MaybeUnknown<T> =
  | typeof UNKNOWN
  | (T extends readonly (infer Element)[] ? MaybeUnknown<Element>[] : T extends object ? Preview<T> : T);

/** What the engine sends for a value that a preview cannot know yet (Pulumi: runtime/rpc `unknownValue`). */
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";

/** True for a map of values, also for one with a mark. */
export function isMap(value: unknown): value is ValueMap {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isSecret(value: Value | undefined): value is { [SIGNATURE]: string; value: Value } {
  return isMap(value) && value[SIGNATURE] === SECRET;
}

/** Marks a value as secret: the engine encrypts it in the state and prints `[secret]`. */
export function secret(value: Value): Value {
  return { [SIGNATURE]: SECRET, value };
}

/** The value with every secret mark taken off. */
export function reveal(value: Value): Value {
  if (isSecret(value)) return reveal(value.value);
  if (Array.isArray(value)) return value.map(reveal);
  if (isMap(value)) return Object.fromEntries(Object.entries(value).map(([key, v]) => [key, reveal(v)]));
  return value;
}

/** Marks as secret in `value` whatever is secret in one of the `templates`, at the same place. */
export function resecret(value: Value, ...templates: (Value | undefined)[]): Value {
  const marked = templates.some(isSecret);
  const inner = templates.map((t) => (isSecret(t) ? t.value : t));
  const result = Array.isArray(value)
    ? value.map((v, i) => resecret(v, ...inner.map((t) => (Array.isArray(t) ? t[i] : undefined))))
    : isMap(value)
      ? Object.fromEntries(
          Object.entries(value).map(([key, v]) => [
            key,
            resecret(v, ...inner.map((t) => (isMap(t) ? t[key] : undefined))),
          ]),
        )
      : value;
  return marked ? secret(result) : result;
}

/** True when a value, or anything in it, is not known yet. */
export function hasUnknown(value: unknown): boolean {
  if (value === UNKNOWN) return true;
  if (Array.isArray(value)) return value.some(hasUnknown);
  return isMap(value) && Object.values(value).some(hasUnknown);
}

/** Equality of JSON values. */
export function equal(a: unknown, b: unknown): boolean {
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((v, i) => equal(v, b[i]));
  if (isMap(a) && isMap(b)) {
    const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
    return [...keys].every((key) => equal(a[key], b[key]));
  }
  return a === b;
}

/** The engine's form of a value map. */
export function toStruct(values: ValueMap): Struct {
  return Struct.fromJavaScript(values);
}

/** A value map from the engine's form. */
export function fromStruct(struct: Struct | undefined): ValueMap {
  return (struct?.toJavaScript() ?? {}) as ValueMap;
}
