/** The JSON Schema of a site file: editors with yaml-language-server complete, describe and check it while one types. */
import type { JsonSchema } from "./schema/kinds";
import { siteSchema } from "./schema/site";

/** The schema as an object, draft-07: what editors understand best. */
export function jsonSchema(): JsonSchema {
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    title: "Postfleet site file",
    description: "A whole mail platform: hosts, domains, accounts and how they are served. See docs/site-file.md.",
    ...siteSchema.json,
  };
}
