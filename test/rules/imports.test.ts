/** The rooms of the house keep their doors: who may import whom. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { circles, type Imports, importsOf, RULES, violations } from "./imports";

const TOP = join(__dirname, "..", "..");
const sources = execFileSync("git", ["ls-files", "-co", "--exclude-standard", "*.ts"], { cwd: TOP, encoding: "utf8" })
  .split("\n")
  .filter((path) => path !== "" && existsSync(join(TOP, path)));
const all = new Set(sources);
const files = sources.map((file) => importsOf(file, readFileSync(join(TOP, file), "utf8"), (path) => all.has(path)));

test("there is something to look at", () => {
  expect(files.length).toBeGreaterThan(200);
  expect(files.find(({ file }) => file === "components/site.ts")?.imports).toContain("plan/index.ts");
});

test("no room imports what it may not know", () => {
  expect(violations(files)).toEqual([]);
});

test("no circles", () => {
  expect(circles(files)).toEqual([]);
});

describe("the rules see what breaks them", () => {
  /** An import that breaks one rule and no other; the rule by its first words. */
  const PLANTED: [file: string, imported: string, rule: string][] = [
    ["cli/dns/index.ts", "lab/status.ts", "product never imports lab/"],
    ["provider/host/pool.ts", "test/support/folder.ts", "product never imports lab/"],
    ["components/site.ts", "bench/measure.ts", "product never imports lab/"],
    ["index.ts", "scripts/example.ts", "product never imports lab/"],
    ["cli/dns/index.ts", "cli/lab/status.ts", "of the lab the command line knows"],
    ["cli/main.ts", "cli/lab/deploy.ts", "of the lab the command line knows"],
    ["roles/mx/index.ts", "roles/relay/args.ts", "a role never imports another role"],
    ["roles/mx/index.ts", "@pulumi/pulumi", "roles/, plan/ and site/ know no Pulumi"],
    ["plan/index.ts", "components/site.ts", "roles/, plan/ and site/ know no Pulumi"],
    ["site/load.ts", "roles/index.ts", "site/ knows neither"],
    ["site/load.ts", "provider/manifest.ts", "site/ knows neither"],
    ["roles/mx/index.ts", "plan/index.ts", "roles are told of the plan"],
    ["provider/role/handler.ts", "roles/mx/index.ts", "provider/ knows no mail"],
    ["provider/role/handler.ts", "site/index.ts", "provider/ knows no mail"],
    ["components/site.ts", "cli/env.ts", "components/ and plan/ know no command line"],
    ["system/run.ts", "site/facts.ts", "system/ and quote/ are below everything"],
    ["quote/mail.ts", "system/errors.ts", "system/ and quote/ are below everything"],
    ["system/run.ts", "index.ts", "system/ and quote/ are below everything"],
  ];

  test.each(PLANTED)("%s must not import %s: %s", (file, imported, rule) => {
    expect(violations([{ file, imports: [imported] }])).toEqual([
      expect.stringContaining(`${file} imports ${imported}: ${rule}`),
    ]);
  });

  test("and there is one planted for each rule", () => {
    const seen = (says: string) => PLANTED.some(([, , rule]) => says.startsWith(rule));
    expect(RULES.map(({ says }) => says).filter((says) => !seen(says))).toEqual([]);
  });

  test("what is allowed passes", () => {
    const allowed: Imports[] = [
      { file: "roles/mx/index.ts", imports: ["roles/shared/net.ts", "roles/mx/args.ts", "site/index.ts"] },
      { file: "cli/lab/commands.ts", imports: ["lab/up.ts"] },
      { file: "cli/main.ts", imports: ["cli/lab/index.ts"] },
      { file: "system/run.ts", imports: ["node:child_process", "system/errors.ts"] },
    ];
    expect(violations(allowed)).toEqual([]);
  });

  test("a circle is found, also one of types and one that is loaded on demand", () => {
    const text = {
      "a.ts": 'import type { B } from "./b";',
      "b.ts": 'await import("./c.js")',
      "c.ts": 'require("./a")',
    };
    const made = Object.entries(text).map(([file, source]) => importsOf(file, source, (path) => path in text));
    expect(circles(made)).toEqual(["a.ts -> b.ts -> c.ts -> a.ts"]);
    expect(circles(made.slice(0, 2))).toEqual([]);
  });

  test.each([
    ["a statement", 'import { b } from "./b";'],
    ["one for its effects", 'import "./b";'],
    ["a type", 'import type { B } from "./b";'],
    ["what is passed on", 'export * from "./b";'],
    ["on demand", 'const b = () => import("./b.js");'],
    ["required", 'const b = require("./b") as unknown;'],
    ["of TypeScript's own kind", 'import b = require("./b");'],
    ["a type where it is used", 'let b: import("./b").B;'],
    ["after a string that looks like a comment", 'const all = "/*";\nimport { b } from "./b"; // */'],
  ])("an import is seen: %s", (_what, source) => {
    expect(importsOf("a.ts", source, (path) => path === "b.ts").imports).toEqual(["b.ts"]);
  });

  test("what a comment or a string mentions is none", () => {
    const source =
      '/** from "./b" */\n// import "./c"\nconst text = "x"; // require("./d")\nconst e = \'from "./e"\';\n';
    expect(importsOf("a.ts", source, () => true).imports).toEqual([]);
  });
});
