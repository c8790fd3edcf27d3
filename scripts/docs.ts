/** Writes what is generated from the schema, the rules and the roles: `npm run docs`. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { planSvg } from "../cli/plan/svg";
import { KNOWLEDGE } from "../plan";
import { jsonSchema } from "../site/json-schema";
import { siteFileMarkdown } from "../site/markdown";
import { examplePlan } from "./example";
import { rolesMarkdown, rolesTable } from "./roles-markdown";

/** What stands between these lines of the README is generated. */
const TABLE = /(<!-- roles: npm run docs -->\n)[\s\S]*?(<!-- end of roles -->)/;

/** The generated files: path from the repository's top -> content. */
export function generatedFiles(root: string): Record<string, string> {
  const readme = readFileSync(join(root, "README.md"), "utf8");
  return {
    "docs/site-file.md": siteFileMarkdown(KNOWLEDGE),
    "docs/site-file.schema.json": `${JSON.stringify(jsonSchema(), null, 2)}\n`,
    "docs/roles.md": rolesMarkdown(),
    "docs/plan.svg": planSvg(examplePlan()),
    "README.md": readme.replace(TABLE, (_, before: string, after: string) => `${before}\n${rolesTable()}\n\n${after}`),
  };
}

if (require.main === module) {
  for (const [path, content] of Object.entries(generatedFiles(process.cwd()))) {
    writeFileSync(join(process.cwd(), path), content);
    process.stdout.write(`${path}\n`);
  }
}
