/**
 * Fuzzing of the loader: any bytes give a specification, or errors that each have a place inside the file; what validates can
 * be planned and rendered.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { planned, readSite } from "../../plan";
import { formatProblem } from "../../site";
import { jsonSchema } from "../../site/json-schema";
import { EXAMPLE } from "../../site/markdown";
import { visible } from "../../system/visible";
import { rendered } from "../plan/rendered";
import { SPREAD, stack } from "../plan/sites";
import { hostKeyLine } from "../site/fixture";
import { newFolder } from "../support/folder";
import { fuzz, inLinearTime, kept, seconds, type Target } from "./fuzz";

jest.setTimeout((seconds + 60) * 1000);

const SEEDS = [SPREAD, EXAMPLE, stack("lab"), stack("ovh.example"), stack("ovh-lab")];
const HOSTS = SEEDS.flatMap((text) => [...text.matchAll(/\baddress: ([0-9.]+)/g)].map(([, address]) => address));
const known = [...HOSTS, "mail1", "mx1"].map((name) => `${name} ${hostKeyLine()}\n`).join("");
const names = ["lab.known_hosts", "example.known_hosts", "known_hosts", "ovh-lab.known_hosts"];
const folder = newFolder(Object.fromEntries(names.map((name) => [name, known])));
const file = join(folder, "site.yaml");

/** `key: value` for every example and default of the site file's schema. */
function lines(schema: unknown, key: string): string[] {
  if (typeof schema !== "object" || schema === null) return [];
  const { examples = [], properties = {}, additionalProperties, items, anyOf = [] } = schema as Record<string, never>;
  const values = [
    ...examples,
    ...("default" in schema ? [schema.default] : []),
    ...("enum" in schema ? (schema.enum as []) : []),
  ];
  return [
    ...values.flatMap((value) => [`${key}: ${JSON.stringify(value)}`, JSON.stringify(value)]),
    ...Object.entries(properties).flatMap(([name, inner]) => [`${name}:`, ...lines(inner, name)]),
    ...[additionalProperties, items, ...(anyOf as [])].flatMap((inner) => lines(inner, key)),
  ];
}
const WORDS = [...new Set(lines(jsonSchema(), "x"))].flatMap((line) => [
  line,
  `\n  ${line}\n`,
  `, ${line}`,
  `\n      ${line}\n`,
]);

const target: Target = {
  name: "loader",
  seeds: SEEDS.map((text) => Buffer.from(text)),
  words: WORDS,
  check(input) {
    writeFileSync(file, input);
    const { site, problems } = inLinearTime(input.length, () => readSite(file));
    const text = input.toString("utf8").replace(/^\ufeff/, "");
    const places = text.split("\n");
    for (const problem of problems) {
      const { line, column, message, hint } = problem;
      const within =
        problem.file !== file ||
        (line >= 1 && line <= places.length && column >= 1 && column <= (places[line - 1]?.length ?? 0) + 1);
      if (!within || message === "" || hint === "")
        throw new Error(`a problem without a place or words: ${JSON.stringify(problem)}`);
      const shown = formatProblem(problem, (each) => each);
      if (visible(shown) !== shown || shown.length > 5000)
        throw new Error(`a problem that nobody can read: ${JSON.stringify(shown.slice(0, 300))}`);
    }
    if ((site === undefined) !== problems.some(({ severity }) => severity === "error"))
      throw new Error("refused without an error, or not refused with one");
    for (const name of ["x", "polluted", "site", "hosts"]) if (name in {}) throw new Error(`every object has ${name}`);
    if (site && site.hosts.length < 40) {
      planned(site);
      rendered(site);
    }
  },
};

test("what broke something once", async () => {
  for (const [, input] of kept(target.name)) await target.check(input);
});

test("fuzzing", async () => {
  expect(await fuzz(target)).toBeGreaterThan(0);
});
