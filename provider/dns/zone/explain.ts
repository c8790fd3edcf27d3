/** The change of a zone in words, as a reviewer reads zones. */
import { visibleLine } from "../../../system/visible";
import type { RecordSet } from "./model";
import { nameAndType } from "./model";
import type { Plan, Sets } from "./ownership";

/** Lines shown of one zone; the rest is counted. */
const MAX_LINES = 40;

/** Characters shown of a record; a key of RSA with 4096 bits is in it. */
const LINE = 1000;

const MARK = "  (changed at the name servers, not by Postfleet)";

/** Sets of `unknown` keys have values that are not known before the update; `notes` go first. Empty: there is nothing to say. */
export function explain(
  title: string,
  owned: Sets,
  live: Sets,
  wanted: Sets,
  planned: Plan,
  unknown: readonly string[],
  notes: readonly string[] = [],
): string {
  const pending = unknown.map((path) => `~ ${path.replace(/^records\["(.*)"\]$/, "$1")}: not known yet`);
  const lines: string[] = [...notes, ...pending];
  const adopted = new Set(planned.adopted);
  for (const key of new Set([...owned.keys(), ...wanted.keys()])) {
    const [was, before, after] = [owned.get(key), live.get(key), wanted.get(key)];
    const byHand = was && !equalSets(was, before) ? MARK : "";
    if (!after) lines.push(...(before ? whole("-", before, byHand) : [`- ${key}: gone already${byHand}`]));
    else if (adopted.has(key)) lines.push(`= ${key}: there already, becomes ours${ttlNote(planned, key)}`);
    else if (!before) lines.push(...whole("+", after, byHand));
    else if (equalSets(before, after)) {
      if (!equalSets(was, after)) lines.push(`~ ${key}: written already, to be published`);
    } else lines.push(...change(key, before, after, byHand));
  }
  const touched = new Set([...owned.keys(), ...wanted.keys()]);
  for (const { name, type, before, after } of planned.changes) {
    const gone = before.filter(({ value }) => !after.some((record) => record.value === value));
    if (touched.has(`${name} ${type}`) || gone.length === 0) continue;
    lines.push(`- ${name} ${type}: taken over, and removed`, ...gone.map(({ value }) => `    - ${value}`));
  }
  for (const { name, type, value } of planned.left)
    lines.push(`  ${name} ${type} ${value}: not what Postfleet wrote, left alone`);
  if (lines.length === 0) return "";
  const shown =
    lines.length <= MAX_LINES ? lines : [...lines.slice(0, MAX_LINES), `… and ${lines.length - MAX_LINES} lines more`];
  return `${title}\n${shown.map((line) => `  ${visibleLine(line, LINE)}`).join("\n")}`;
}

/** The same of a zone that is new to us: what comes is counted, what is there already is named. */
export function explainNew(
  title: string,
  wanted: Sets,
  planned: Plan,
  unknown: readonly string[],
  notes: readonly string[],
): string {
  const added = wanted.size - planned.adopted.length + unknown.filter((path) => path !== "records").length;
  const known = new Map(
    planned.adopted.flatMap((key) => (wanted.has(key) ? [[key, wanted.get(key)]] : [])) as [string, RecordSet][],
  );
  const details = explain("", new Map(), new Map(), known, planned, [], notes);
  return `${title}: ${added} record ${added === 1 ? "set" : "sets"} to add${details}`;
}

function equalSets(a: RecordSet | undefined, b: RecordSet | undefined): boolean {
  return a?.ttl === b?.ttl && JSON.stringify(a?.values) === JSON.stringify(b?.values);
}

const whole = (sign: "+" | "-", { name, type, ttl, values }: RecordSet, mark: string) => [
  `${sign} ${name} ${ttl} ${type}${mark}`,
  ...values.map((value) => `    ${sign} ${value}`),
];

function change(key: string, before: RecordSet, after: RecordSet, mark: string): string[] {
  const ttl = before.ttl === after.ttl ? "" : `: TTL ${before.ttl} -> ${after.ttl}`;
  return [
    `~ ${key}${ttl}${mark}`,
    ...before.values.filter((value) => !after.values.includes(value)).map((value) => `    - ${value}`),
    ...after.values.filter((value) => !before.values.includes(value)).map((value) => `    + ${value}`),
  ];
}

function ttlNote(planned: Plan, key: string): string {
  const { name, type } = nameAndType(key);
  const found = planned.changes.find((change) => change.name === name && change.type === type);
  const [before, after] = [found?.before[0]?.ttl, found?.after.at(-1)?.ttl];
  return before === after ? "" : `, TTL ${before} -> ${after}`;
}
