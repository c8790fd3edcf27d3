/** Random damage to valid files: the loader says what is wrong, and never falls over. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readSite } from "../../plan";
import { EXAMPLE } from "../../site/markdown";
import { random } from "../support/random";
import { folderWith, hostKeyLine } from "./fixture";

const SCRAPS = [
  "{",
  "}",
  "[",
  "]",
  ":",
  ": ",
  "- ",
  "\t",
  "\n",
  "'",
  '"',
  "#",
  "&a ",
  "*a",
  "!x ",
  "|",
  "@",
  "null",
  "~",
  "-1",
  "1e9",
  "é",
  "\0",
  "---\n",
  "<<",
  "__proto__",
  "constructor: 1\n",
  "%",
];

function damage(text: string, next: (below: number) => number): string {
  const at = next(text.length);
  const to = Math.min(text.length, at + next(12));
  const lines = text.split("\n");
  switch (next(5)) {
    case 0:
      return text.slice(0, at) + text.slice(to);
    case 1:
      return text.slice(0, at) + (SCRAPS[next(SCRAPS.length)] ?? "") + text.slice(at);
    case 2:
      return text.slice(0, at) + (SCRAPS[next(SCRAPS.length)] ?? "") + text.slice(to);
    case 3:
      lines.splice(next(lines.length), 1);
      return lines.join("\n");
    default:
      lines.splice(next(lines.length), 0, lines[next(lines.length)] ?? "");
      return lines.join("\n");
  }
}

const OVH_EXAMPLE = readFileSync(join(__dirname, "../../stacks/ovh.example.yaml"), "utf8");

test.each([
  ["the example", EXAMPLE, 1000],
  ["the example at OVH", OVH_EXAMPLE, 500],
])(
  "%s, damaged again and again: no exception, every problem with a line, a hint, and none swallowed",
  (_, whole, times) => {
    const known = `192.0.2.25,198.51.100.7 ${hostKeyLine()}\n`;
    const path = folderWith({ "site.yaml": "", "example.known_hosts": known });
    let refused = 0;
    for (let seed = 1; seed <= times; seed++) {
      const next = random(seed);
      let text = whole;
      for (let hits = 1 + next(3); hits > 0; hits--) text = damage(text, next);
      writeFileSync(path, text);
      const { site, problems } = readSite(path);
      const errors = problems.filter(({ severity }) => severity === "error");
      const lines = text.split("\n").length;
      const wrong = problems.filter(
        (problem) =>
          !(
            problem.line >= 1 &&
            (problem.line <= lines || problem.file !== path) &&
            problem.column >= 1 &&
            problem.hint !== "" &&
            problem.message !== ""
          ),
      );
      if (wrong.length > 0 || (site === undefined) !== errors.length > 0)
        throw new Error(`seed ${seed}: ${JSON.stringify(wrong)}\n${text}`);
      if (site === undefined) refused++;
    }
    // Most damage matters, some (comments, names) does not.
    expect(refused).toBeGreaterThan(times / 3);
    expect(refused).toBeLessThan(times);
  },
);

test("aliases in aliases do not stand for billions of values", () => {
  const levels = Array.from({ length: 12 }, (_, i) => `a${i + 1}: &a${i + 1} [${Array(10).fill(`*a${i}`).join(", ")}]`);
  const file = folderWith({ "bomb.yaml": ["a0: &a0 [x, x]", ...levels, "site: bomb"].join("\n") });
  const messages = readSite(file).problems.map(({ message }) => message);
  expect(messages).toContain("the aliases stand for more than the file may hold");
});
