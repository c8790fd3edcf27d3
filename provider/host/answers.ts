/** The results of requests, held against what they must be: a host may answer anything. */

import { visibleLine } from "../../system/visible";
import { MAPS, type Manifest } from "../manifest";
import type { ApplyReport, EarlierApply, Observation, RemoveResult } from "./types";
import { isObject } from "./wire";

/** A result of another shape; the message says where and what. */
export class WrongShape extends Error {}

/** Passes, or throws {@link WrongShape}; `at` is where in the result the value stands. */
type Shape = (value: unknown, at: string) => void;

const simple =
  (type: "string" | "number" | "boolean", noun: string): Shape =>
  (value, at) => {
    if (typeof value !== type) wrong(value, at, noun);
  };
const [text, number, flag] = [
  simple("string", "a text"),
  simple("number", "a number"),
  simple("boolean", "true or false"),
];

const nullable =
  (shape: Shape): Shape =>
  (value, at) => {
    if (value !== null) shape(value, at);
  };

const list =
  (shape: Shape): Shape =>
  (value, at) => {
    if (!Array.isArray(value)) return wrong(value, at, "a list");
    for (const [index, each] of value.entries()) shape(each, `${at}[${index}]`);
  };

/** A map by names that others chose; `names` must be among them. */
const map =
  (shape: Shape, names: readonly string[] = []): Shape =>
  (value, at) => {
    if (!isObject(value)) return wrong(value, at, "a map");
    for (const [name, each] of Object.entries(value)) shape(each, `${at}[${JSON.stringify(name)}]`);
    for (const name of names)
      if (!Object.hasOwn(value, name)) wrong(undefined, `${at}[${JSON.stringify(name)}]`, "an entry");
  };

/** Fields by name; those of `optional` may be missing, and others may be there. */
const fields =
  (wanted: Record<string, Shape>, optional: Record<string, Shape> = {}): Shape =>
  (value, at) => {
    if (!isObject(value)) return wrong(value, at, "an object");
    for (const [name, shape] of Object.entries(wanted))
      shape(Object.hasOwn(value, name) ? value[name] : undefined, at ? `${at}.${name}` : name);
    for (const [name, shape] of Object.entries(optional))
      if (Object.hasOwn(value, name)) shape(value[name], at ? `${at}.${name}` : name);
  };

function wrong(value: unknown, at: string, wanted: string): void {
  const given =
    value === undefined
      ? "missing"
      : Array.isArray(value)
        ? "a list"
        : isObject(value)
          ? "an object"
          : JSON.stringify(value);
  throw new WrongShape(`${visibleLine(at || "it")} is ${visibleLine(given, 100)}, ${wanted} is wanted`);
}

const path = nullable(
  fields(
    { kind: text },
    {
      ...{ mode: text, owner: text, group: text, target: text, sha256: text, why: text },
      size: number,
      content: text,
      unshown: text,
    },
  ),
);
const user = nullable(fields({ uid: number, home: text, shell: text, group: text, groups: list(text) }));
const unit = fields(
  { load: text, enabled: nullable(flag), masked: flag, running: flag, failed: flag },
  { active: text, sub: text, result: text },
);
const setting = fields({ value: nullable(text), persisted: nullable(text) });
const report = fields(
  {
    changed: flag,
    packages: fields({}, { installed: list(text), upgraded: list(text), removed: list(text), heldBack: list(text) }),
  },
  {
    users: list(text),
    paths: list(text),
    sysctl: list(text),
    services: map(text),
    warnings: list(text),
    commands: list(list(text)),
  },
);
const failure = fields({ kind: text, message: text, details: fields({}) });
const earlier = nullable(
  fields(
    { id: text },
    {
      role: text,
      finished: number,
      interrupted: flag,
      files: list(text),
      problems: list(text),
      result: report,
      error: failure,
    },
  ),
);
const removal = fields(
  {},
  {
    services: map(text),
    removed: list(text),
    restored: list(text),
    kept: list(text),
    packages: list(text),
    warnings: list(text),
  },
);
const OF: Record<(typeof MAPS)[number], Shape> = {
  ...{ packages: nullable(text), users: user, directories: path, files: path, secretFiles: path, links: path },
  ...{ removed: path, sysctl: setting, services: unit },
};
const file = fields({ content: text, mode: text, owner: text, group: text });
const record = fields(
  { role: text },
  {
    ...{ packages: map(text), packagesAhead: list(text), users: map(fields({ home: text, shell: text })) },
    ...{ directories: map(fields({ mode: text })), files: map(file), secretFiles: map(file), links: map(text) },
    ...{ removed: map(text), sysctl: map(text), services: map(fields({})), keep: list(text) },
    allowed: list(fields({ what: text, why: text, until: text })),
    ...{
      prepare: list(fields({ argv: list(text) })),
      validate: list(fields({ argv: list(text) })),
      health: list(fields({ kind: text })),
    },
  },
);

/** What an answer to `observe` must be: every name that was asked for is in it. */
export function observation(value: unknown, asked: Manifest): Observation {
  fields({
    ...Object.fromEntries(MAPS.map((name) => [name, map(OF[name], Object.keys(asked[name]))])),
    ...{ applied: flag, earlier, creates: map(flag), brokenPackages: list(text), unfinished: list(text) },
    undeclared: nullable(list(fields({ kind: text, name: text, detail: text }))),
  })(value, "");
  // No inherited names: "constructor" is a package only if the host says so.
  for (const name of MAPS) Object.setPrototypeOf((value as Observation)[name], null);
  return value as Observation;
}

export function applied(value: unknown): ApplyReport {
  report(value, "");
  return value as ApplyReport;
}

export function found(value: unknown): EarlierApply | null {
  earlier(value, "");
  return value as EarlierApply | null;
}

export function removed(value: unknown): RemoveResult {
  removal(value, "");
  return value as RemoveResult;
}

export function noted(value: unknown): Manifest {
  record(value, "");
  return value as Manifest;
}
