import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { goArguments } from "../../../cli/engine/build";
import { builtDirectory, findInCache, findOnPath, installedDirectory, versionOf } from "../../../cli/engine/find";
import { ENGINE_VERSION } from "../../../cli/engine/versions";
import { newFolder } from "../../support/folder";

let directory = "";
beforeEach(() => {
  directory = newFolder();
});

function program(path: string, text: string, mode = 0o755): void {
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, text);
  chmodSync(path, mode);
}

test("an engine in the cache needs both programs, complete and executable", () => {
  const built = builtDirectory(directory);
  program(join(built, "pulumi"), "#!/bin/sh\n");
  expect(findInCache(directory)).toBeUndefined();
  program(join(built, "pulumi-language-nodejs"), "");
  expect(findInCache(directory)).toBeUndefined();
  program(join(built, "pulumi-language-nodejs"), "#!/bin/sh\n", 0o644);
  expect(findInCache(directory)).toBeUndefined();
  program(join(built, "pulumi-language-nodejs"), "#!/bin/sh\n");
  expect(findInCache(directory)).toMatchObject({ source: "built", directory: built, version: `v${ENGINE_VERSION}` });
});

test("the vendor's is preferred to a built one", () => {
  for (const place of [builtDirectory(directory), join(installedDirectory(directory), "bin")]) {
    for (const name of ["pulumi", "pulumi-language-nodejs"]) program(join(place, name), "#!/bin/sh\n");
  }
  expect(findInCache(directory)?.source).toBe("installed");
});

test("PATH is searched in order, and only for what can be executed", () => {
  const [a, b] = [join(directory, "a"), join(directory, "b")];
  program(join(a, "pulumi"), "text", 0o644);
  program(join(b, "pulumi"), "#!/bin/sh\n");
  expect(findOnPath("pulumi", `${a}:${b}`)).toBe(join(b, "pulumi"));
  expect(findOnPath("pulumi", a)).toBeUndefined();
});

test("an engine that does not run has no version", async () => {
  program(join(directory, "good"), "#!/bin/sh\necho v3.300.0\n");
  program(join(directory, "bad"), "#!/bin/sh\nexit 1\n");
  expect(await versionOf(join(directory, "good"))).toBe("v3.300.0");
  expect(await versionOf(join(directory, "bad"))).toBeUndefined();
});

test("the build is reproducible and pinned", () => {
  const part = { program: "p", module: "engine", package: "example.org/p", version: "1.2.3", label: "" };
  const args = goArguments(part, "/target");
  expect(args).toEqual(expect.arrayContaining(["-mod=readonly", "-trimpath", "/target/p", "example.org/p"]));
  expect(args.join(" ")).toContain("version.Version=v1.2.3");
});
