/** Wrong files beside what must be said of them: `#~ severity path: words` on the line, ` ;; ` between several. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { readSite } from "../../plan";
import type { Problem } from "../../site";

const CASES = join(__dirname, "cases");
const files = readdirSync(CASES).filter((name) => name.endsWith(".yaml"));

interface Expected {
  line: number;
  severity: string;
  path: string;
  words: string;
}

function expectedOf(text: string): Expected[] {
  return text.split("\n").flatMap((content, index) =>
    (content.split("#~ ")[1] ?? "")
      .split(" ;; ")
      .filter((part) => part !== "")
      .map((part) => {
        const [, severity = "", path = "", words = ""] = /^(error|warning) (.*?): (.*)$/.exec(part) ?? [];
        if (words === "") throw new Error(`no expectation: ${part}`);
        return { line: index + 1, severity, path, words };
      }),
  );
}

const shown = (problem: Problem) => `${problem.message} | ${problem.given} | ${problem.hint}`;
const found = (problems: Problem[], { line, severity, path, words }: Expected) =>
  problems.find((p) => p.line === line && p.severity === severity && p.path === path && shown(p).includes(words));

describe.each(files)("%s", (name) => {
  const file = join(CASES, name);
  const expected = expectedOf(readFileSync(file, "utf8"));
  const { problems, site } = readSite(file);

  test("says exactly what is expected, at the right lines", () => {
    const unmet = expected.filter((expectation) => found(problems, expectation) === undefined);
    const surplus = problems.filter((problem) => !expected.some((e) => found([problem], e) !== undefined));
    expect({ unmet, surplus }).toEqual({ unmet: [], surplus: [] });
    expect(expected.length).toBeGreaterThan(0);
    expect(problems).toHaveLength(expected.length);
  });

  test("every problem has a place, what is allowed and a hint, and only errors refuse the file", () => {
    for (const problem of problems) {
      expect(problem).toMatchObject({
        file,
        hint: expect.stringMatching(/\S{2}/),
        message: expect.stringMatching(/\S{2}/),
      });
      expect(problem.column).toBeGreaterThanOrEqual(1);
    }
    expect(site === undefined).toBe(expected.some(({ severity }) => severity === "error"));
  });

  test("no secret is repeated", () => {
    expect(JSON.stringify(problems)).not.toContain("hunter2");
  });
});

test("five mistakes give five errors at once", () => {
  const { problems } = readSite(join(CASES, "five-mistakes.yaml"));
  expect(problems.map(({ line, path, severity }) => ({ line, path, severity }))).toEqual([
    { line: 8, path: "hosts.mail1.roles[1]", severity: "error" },
    { line: 10, path: "hosts.back1.adress", severity: "error" },
    { line: 17, path: 'accounts.mailboxes["alice@example.org"].quota', severity: "error" },
    { line: 18, path: 'accounts.mailboxes["bob@example.com"]', severity: "error" },
    { line: 20, path: 'accounts.aliases["postmaster@example.org"][0]', severity: "error" },
  ]);
  for (const problem of problems)
    expect(problem).toMatchObject({ given: expect.any(String), allowed: expect.any(String) });
});
