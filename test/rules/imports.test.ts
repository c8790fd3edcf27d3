/** The rooms of the house keep their doors: who may import whom. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { circles, type Imports, importsOf, RULES, violations } from "./imports";

const TOP = join(__dirname, "..", "..");
const sources = execFileSync("git", ["ls-files", "-co", "--exclude-standard", "*.ts"], { cwd: TOP, encoding: "utf8" })
  .split("\n")
  .filter((path) => path !== "" && !path.startsWith("test/") && existsSync(join(TOP, path)));
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
  test.each<[string, string]>([
    ["cli/dns/index.ts", "lab/run.ts"],
    ["provider/host/pool.ts", "test/support/folder.ts"],
    ["cli/validate.ts", "cli/lab/status.ts"],
    ["roles/mx/index.ts", "roles/relay/index.ts"],
    ["roles/mx/index.ts", "@pulumi/pulumi"],
    ["plan/index.ts", "components/site.ts"],
    ["site/load.ts", "roles/index.ts"],
    ["roles/mx/index.ts", "plan/index.ts"],
    ["provider/role/handler.ts", "roles/mx/index.ts"],
    ["components/site.ts", "cli/env.ts"],
    ["system/run.ts", "site/facts.ts"],
  ])("%s must not import %s", (file, imported) => {
    expect(violations([{ file, imports: [imported] }])).toHaveLength(1);
  });

  test("and each rule is broken by one of them alone", () => {
    expect(RULES.length).toBeLessThanOrEqual(11);
  });

  test("what is allowed passes", () => {
    const allowed: Imports[] = [
      { file: "roles/mx/index.ts", imports: ["roles/shared/net.ts", "roles/mx/args.ts", "site/index.ts"] },
      { file: "cli/lab/index.ts", imports: ["lab/up.ts"] },
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

  test("what a comment mentions is no import", () => {
    expect(importsOf("a.ts", '/** from "./b" */\n// import "./c"\n', () => true).imports).toEqual([]);
  });
});
