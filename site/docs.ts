/** Writes what is generated from the schema: `npm run docs`. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { jsonSchema } from "./json-schema";
import { siteFileMarkdown } from "./markdown";

/** The generated files: path from the repository's top -> content. */
export function generatedFiles(): Record<string, string> {
  return {
    "docs/site-file.md": siteFileMarkdown(),
    "docs/site-file.schema.json": `${JSON.stringify(jsonSchema(), null, 2)}\n`,
  };
}

if (require.main === module) {
  for (const [path, content] of Object.entries(generatedFiles())) {
    writeFileSync(join(process.cwd(), path), content);
    process.stdout.write(`${path}\n`);
  }
}
