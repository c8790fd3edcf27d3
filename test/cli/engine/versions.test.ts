import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  atLeast,
  ENGINE_MINIMUM,
  ENGINE_VERSION,
  GO_TOOLCHAIN,
  PLUGINS,
  parseVersion,
  SDK_VERSION,
} from "../../../cli/engine/versions";
import { PROJECT_ROOT } from "../../../cli/paths";

test.each([
  ["v3.259.0", "3.200.0", true],
  ["v3.200.0", "3.200.0", true],
  ["v3.99.9", "3.200.0", false],
  ["4.0.0", "3.200.0", true],
  ["go1.9", "1.21", false],
  ["go1.21", "1.21", true],
  ["dev", "3.200.0", false],
])("%s is at least %s: %s", (version, minimum, expected) => {
  expect(atLeast(version, minimum)).toBe(expected);
});

test("what is built and what is installed would both be accepted on PATH", () => {
  expect(atLeast(ENGINE_VERSION, ENGINE_MINIMUM)).toBe(true);
  expect(atLeast(SDK_VERSION, ENGINE_MINIMUM)).toBe(true);
});

const read = (...path: string[]) => readFileSync(join(PROJECT_ROOT, ...path), "utf8");

test("the pinned modules are the version that is promised, and the toolchain is new enough for them", () => {
  const modules = read("cli", "engine", "modules", "engine", "go.mod");
  expect(modules).toContain(`github.com/pulumi/pulumi/pkg/v3 v${ENGINE_VERSION}`);
  const wanted = /^go (.*)$/m.exec(modules)?.[1] ?? "";
  expect(parseVersion(wanted)).toBeDefined();
  expect(atLeast(GO_TOOLCHAIN, wanted)).toBe(true);
});

test("stand-ins have the versions that the program asks for", () => {
  const { dependencies } = JSON.parse(read("package.json")) as { dependencies: Record<string, string> };
  expect(PLUGINS).toEqual({ command: dependencies["@pulumi/command"], random: dependencies["@pulumi/random"] });
});
