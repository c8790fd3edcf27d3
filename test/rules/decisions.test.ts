/** Decisions keep their form, and what they name is there. */
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const TOP = join(__dirname, "..", "..");
const FOLDER = join(TOP, "docs", "decisions");
const PARTS = ["Context", "Decision", "Consequence", "Check"];

const read = (path: string) => readFileSync(path, "utf8");
const index = read(join(FOLDER, "README.md"));
const names = readdirSync(FOLDER).filter((name) => name !== "README.md");
const decisions = names.map((name) => ({ name, text: read(join(FOLDER, name)) }));

const files = execFileSync("git", ["ls-files", "-co", "--exclude-standard"], { cwd: TOP, encoding: "utf8" }).split(
  "\n",
);
const folders = files.flatMap((file) => [...file.matchAll(/\//g)].map(({ index: end }) => file.slice(0, end)));
const there = new Set([...files, ...folders]);
const rooms = new Set(folders.filter((folder) => !folder.includes("/")));

/** What stands in backticks and looks like a path of the repository; what is compiled counts as its source. */
function pathsIn(text: string): string[] {
  const words = [...text.matchAll(/`([^`]+)`/g)].flatMap(([, quoted = ""]) => quoted.split(/\s+/));
  return words
    .map((word) => word.replace(/^dist\/(.+)\.js$/, "$1.ts").replace(/\/$/, ""))
    .filter((word) => /^[\w.-]+(\/[\w.-]+)+$/.test(word))
    .filter((word) => rooms.has(word.split("/")[0] ?? "") || /\.(ts|js|py|sh|lua|md|ya?ml|json)$/.test(word));
}

const missingIn = (text: string) => pathsIn(text).filter((path) => !there.has(path));

/** What `Check` quotes, where none of the files that it names says so. Files below a named folder count. */
function unsaidIn(text: string): string[] {
  const check = text.slice(text.indexOf("**Check.**")).replace(/\s+/g, " ");
  const named = pathsIn(check).flatMap((path) => files.filter((file) => file === path || file.startsWith(`${path}/`)));
  const said = named.map((file) => read(join(TOP, file)).replace(/\s+/g, " ")).join("\n");
  const quotes = [...check.replace(/`[^`]*`/g, "").matchAll(/"([^"]+)"/g)].map(([, quoted = ""]) => quoted);
  return quotes.filter((quoted) => !said.includes(quoted));
}

test("numbers are unique and without gaps", () => {
  expect(names.length).toBeGreaterThan(30);
  const numbers = names.sort().map((name) => name.slice(0, 4));
  expect(numbers).toEqual(names.map((_, at) => `${String(at + 1).padStart(3, "0")}-`));
});

test("the index has each of them once, by number and title, in order", () => {
  const listed = [...index.matchAll(/^- \[(\d{3}\. .+?)\]\(([\w.-]+)\): \S/gm)].map(([, title, name]) => [name, title]);
  expect(listed).toEqual(decisions.map(({ name, text }) => [name, /^# (.+)$/m.exec(text)?.[1]]));
});

describe.each(decisions)("$name", ({ name, text }) => {
  test("has its number and the four parts, each with words, in 12 to 30 lines", () => {
    expect(text.startsWith(`# ${name.slice(0, 3)}. `)).toBe(true);
    const parts = [...text.matchAll(/^\*\*(\w+)\.\*\* \S/gm)].map(([, part]) => part);
    expect(parts).toEqual(PARTS);
    const lines = text.trimEnd().split("\n");
    expect(lines.length).toBeGreaterThanOrEqual(12);
    expect(lines.length).toBeLessThanOrEqual(30);
    expect(lines.filter((line) => line.length > 120)).toEqual([]);
  });

  test("names only paths that there are, and something to check it by", () => {
    expect(missingIn(text)).toEqual([]);
    expect(pathsIn(text.slice(text.indexOf("**Check.**")))).not.toEqual([]);
  });

  test("quotes only what the files of its check say", () => {
    expect(unsaidIn(text)).toEqual([]);
  });
});

describe("the rules see what breaks them", () => {
  test.each([
    ["a file that is gone", "`provider/nowhere.ts`", ["provider/nowhere.ts"]],
    ["a room that is gone", "in a command: `npx jest test/nowhere.test.ts -t x`", ["test/nowhere.test.ts"]],
    ["a compiled program without a source", "`node dist/scripts/nowhere.js host`", ["scripts/nowhere.ts"]],
    ["a folder of a role that is gone", "`components/relay`", ["components/relay"]],
    [
      "what is no path of the repository",
      "`/usr/lib/x.sh`, `roles/<role>/index.ts`, `a/b`, `provider/families.ts`",
      [],
    ],
  ])("%s", (_what, text, missing) => {
    expect(missingIn(text)).toEqual(missing);
  });

  test("a test that was renamed, and one of another file", () => {
    const check = (quoted: string) => `**Check.** \`test/rules/imports.test.ts\`: "no\ncircles" and "${quoted}".`;
    expect(unsaidIn(check("no room imports what it may not know"))).toEqual([]);
    expect(unsaidIn(check("the index has each of them once"))).toEqual(["the index has each of them once"]);
  });
});
