/**
 * The part of `npm run lint` that TypeScript's linters cannot read: programs in shell by shellcheck, in Python by ruff, in
 * Lua by luacheck. PHP and Sieve are judged by their own parsers, in the tests of their roles.
 */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, dirname, extname, join, relative } from "node:path";
import { report } from "../cli/errors";
import { PROJECT_ROOT } from "../cli/paths";
import { ensurePackages } from "../lab/requirements";
import { chosenParts, flagsOf } from "../roles/shared/program";
import { consoleProgress } from "../system/progress";
import { ensureRuff } from "./ruff";

/** Shell of this repository's own. */
const SCRIPTS = [
  ".ci/run",
  "bin/postfleet",
  "bin/pulumi-resource-postfleet",
  "policies/postfleet-policies",
  "scripts/node.sh",
  "scripts/setup",
  "scripts/test",
];

/** What a linter said. One that is missing or broken is a finding too. */
export interface Finding {
  /** A file, or all of a language. */
  what: string;
  words: string;
}

/** The rooms that write programs for hosts. */
const ROOMS = ["roles", "provider"];

/** The programs for hosts, by their paths. */
function programs(root: string): string[] {
  return ROOMS.filter((room) => existsSync(join(root, room))).flatMap((room) =>
    readdirSync(join(root, room), { recursive: true, encoding: "utf8" })
      .filter((path) => basename(dirname(path)) === "programs")
      .map((path) => join(root, room, path)),
  );
}

/** A program once for every choice of its optional parts, with its placeholders as they are. */
export function forms(text: string): string[] {
  const flags = flagsOf(text);
  return Array.from({ length: 2 ** flags.length }, (_, choice) =>
    chosenParts(text, Object.fromEntries(flags.map((flag, bit) => [flag, (choice & (1 << bit)) !== 0]))),
  );
}

/** Asks one linter; undefined where it has nothing to say. */
function ask(argv: string[], folder: string, input = ""): string | undefined {
  const [linter = "", ...args] = argv;
  const { status, stdout, stderr, error } = spawnSync(linter, args, { cwd: folder, input, encoding: "utf8" });
  return status === 0 ? undefined : `${stdout ?? ""}${stderr ?? ""}${error?.message ?? ""}` || `${linter}: ${status}`;
}

/** Everything that the linters find in a checkout. */
export function lintPrograms(root: string, ruff: string): Finding[] {
  const files = programs(root);
  const named = (language: string) => files.filter((file) => extname(file) === language);
  const found: [string, string | undefined][] = [
    ["shell scripts", ask(["shellcheck", "-x", ...SCRIPTS], root)],
    ...named(".sh").flatMap((file) =>
      // From its own folder, where shellcheck looks for its settings.
      forms(readFileSync(file, "utf8")).map((form): [string, string | undefined] => [
        relative(root, file),
        ask(["shellcheck", "-"], dirname(file), form),
      ]),
    ),
    ["Python", ask([ruff, "check", "--quiet", "--no-cache", "."], root)],
    ["Lua", ask(["luacheck", "--quiet", ...named(".lua")], root)],
  ];
  return found.flatMap(([what, words]) => (words === undefined ? [] : [{ what, words }]));
}

async function main(): Promise<void> {
  const progress = consoleProgress();
  await ensurePackages(progress, { shellcheck: "shellcheck", luacheck: "lua-check" });
  const findings = lintPrograms(PROJECT_ROOT, await ensureRuff(progress));
  for (const { what, words } of findings) process.stdout.write(`${what}:\n${words}\n`);
  if (findings.length > 0) process.exitCode = 1;
}

if (require.main === module) {
  main().catch((error) => {
    process.exitCode = report(error);
  });
}
