/** The threat model names tests that are there, for every actor it lists. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

const TOP = join(__dirname, "..", "..");
const text = readFileSync(join(TOP, "docs", "threat-model.md"), "utf8");
const sections = text.split(/^## /m).slice(1);

/** Paths of the repository in a text: in backticks, or of a document. */
const pathsIn = (of: string) =>
  [...of.matchAll(/`((?:test|provider|cli|components|docs)\/[\w./-]+)`|\b(docs\/[\w./-]+\.md)/g)].map(
    ([, a, b]) => a ?? b ?? "",
  );
const missingIn = (of: string) => pathsIn(of).filter((path) => !existsSync(join(TOP, path)));

/** Rows of tables without a head: the cells of each. */
const rowsOf = (of: string) =>
  of
    .split("\n")
    .filter((line) => /^\| /.test(line) && !/shown by \|$/.test(line))
    .map((line) =>
      line
        .split("|")
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );

test("every path that it names is there", () => {
  expect(pathsIn(text).length).toBeGreaterThan(20);
  expect(missingIn(text)).toEqual([]);
  expect(missingIn("`test/nowhere.test.ts`, docs/nowhere.md")).toEqual(["test/nowhere.test.ts", "docs/nowhere.md"]);
});

test("each actor of the list has a section, and each row of it a test or the word that there is none", () => {
  const actors = rowsOf(text.slice(0, text.indexOf("\n## ")))
    .map(([actor = ""]) => actor)
    .filter((actor) => actor !== "actor");
  expect(actors.length).toBeGreaterThan(8);
  const titles = sections.map((section) => section.split("\n")[0]?.toLowerCase() ?? "");
  const named = (actor: string) => titles.some((title) => title.startsWith(actor.split(",")[0]?.toLowerCase() ?? "?"));
  expect(actors.filter((actor) => !named(actor))).toEqual([]);
  const rows = sections.flatMap(rowsOf);
  expect(rows.length).toBeGreaterThan(15);
  expect(
    rows.filter((row) => row.length !== 3 || !(/no test$/.test(row[2] ?? "") || /`test\//.test(row[2] ?? ""))),
  ).toEqual([]);
});

test("SECURITY.md leads to it", () => {
  expect(readFileSync(join(TOP, "SECURITY.md"), "utf8")).toContain("](docs/threat-model.md)");
});
