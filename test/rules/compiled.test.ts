/** What scripts run of dist/ is compiled from a file that is there: a file that moved would be missed by nobody else. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

const TOP = join(__dirname, "..", "..");
const NAMED = /\bdist\/([\w/-]+)\.js\b/g;

/** Programs of dist/ that a text names, without a source. */
const withoutSource = (text: string, isFile = (path: string) => existsSync(join(TOP, path))): string[] =>
  [...text.matchAll(NAMED)].map(([, path = ""]) => `${path}.ts`).filter((path) => !isFile(path));

const places = [
  "Makefile",
  "package.json",
  "Pulumi.yaml",
  "CONTRIBUTING.md",
  "README.md",
  ".ci",
  "bin",
  "scripts",
  "policies",
];
const files = execFileSync("git", ["ls-files", "-co", "--exclude-standard", ...places], { cwd: TOP, encoding: "utf8" })
  .split("\n")
  .filter(Boolean);

test.each(files)("%s", (file) => {
  expect(withoutSource(readFileSync(join(TOP, file), "utf8"))).toEqual([]);
});

test("a name without a source is found, and there are names to look at", () => {
  expect(withoutSource("node dist/cli/gone.js && node dist/cli/main.js")).toEqual(["cli/gone.ts"]);
  expect(withoutSource(readFileSync(join(TOP, "Makefile"), "utf8"), () => false)).toContain("cli/main.ts");
});
