/** What is generated from the schema is up to date, and editors come to the same verdict as the loader. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import Ajv from "ajv";
import { load } from "js-yaml";
import { generatedFiles } from "../../scripts/docs";
import { jsonSchema } from "../../site/json-schema";
import { EXAMPLE } from "../../site/markdown";

const TOP = join(__dirname, "../..");
const formats = { ipv4: true, ipv6: true, uri: true } as const;
const valid = new Ajv({ allErrors: true, allowUnionTypes: true, formats }).compile(jsonSchema());

test.each(Object.entries(generatedFiles(TOP)))("%s is up to date (else: npm run docs)", (path, content) => {
  expect(readFileSync(join(TOP, path), "utf8")).toBe(content);
});

test("every key has a description for editors", () => {
  const without: string[] = [];
  const walk = (schema: Record<string, unknown>, path: string): void => {
    for (const [key, inner] of Object.entries((schema.properties ?? {}) as Record<string, Record<string, unknown>>)) {
      if (typeof inner.description !== "string" || inner.description.length < 5) without.push(`${path}.${key}`);
      walk(inner, `${path}.${key}`);
    }
    for (const deeper of [schema.additionalProperties, schema.items]) {
      if (typeof deeper === "object" && deeper !== null) walk(deeper as Record<string, unknown>, `${path}[]`);
    }
  };
  walk(jsonSchema(), "");
  expect(without).toEqual([]);
});

test("the JSON Schema accepts the example and the lab's site", () => {
  expect([valid(load(EXAMPLE)), valid.errors]).toEqual([true, null]);
  expect([valid(load(readFileSync(join(TOP, "stacks/lab.yaml"), "utf8"))), valid.errors]).toEqual([true, null]);
});

test.each(["unknown-keys", "values", "shapes", "secrets", "ovh-hosts", "ovh-storage"])(
  "the JSON Schema refuses %s.yaml",
  (name) => {
    expect(valid(load(readFileSync(join(__dirname, "cases", `${name}.yaml`), "utf8")))).toBe(false);
  },
);

test("the JSON Schema accepts files whose only problems are warnings", () => {
  const cases = join(__dirname, "cases");
  expect(readdirSync(cases)).toContain("warnings.yaml");
  expect([valid(load(readFileSync(join(cases, "warnings.yaml"), "utf8"))), valid.errors]).toEqual([true, null]);
});
