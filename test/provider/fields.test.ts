/** The fields of manifests and of the agent's answers: TypeScript declares them, the wire carries them, Python reads them. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { claims, observeRequest } from "../../provider/host/requests";
import { FIELDS, LISTS, MAPS, type Manifest, manifest } from "../../provider/manifest";

const TOP = join(__dirname, "..", "..");
const AGENT = join(TOP, "provider", "host", "agent");

/** Fields of every interface, and of a union of object types those of all its members. */
function declared(file: string): Record<string, string[]> {
  const source = ts.createSourceFile(file, readFileSync(join(TOP, file), "utf8"), ts.ScriptTarget.Latest);
  const fields = (node: ts.Node): string[] => {
    if (ts.isUnionTypeNode(node)) return node.types.flatMap(fields);
    if (!ts.isInterfaceDeclaration(node) && !ts.isTypeLiteralNode(node)) return [];
    return node.members.flatMap(({ name }) => (name && ts.isIdentifier(name) ? [name.text] : []));
  };
  return Object.fromEntries(
    source.statements.flatMap((node) => {
      if (ts.isInterfaceDeclaration(node)) return [[node.name.text, sorted(fields(node))]];
      return ts.isTypeAliasDeclaration(node) ? [[node.name.text, sorted(fields(node.type))]] : [];
    }),
  );
}

const sorted = (names: Iterable<string>): string[] => [...new Set(names)].sort();

interface Python {
  /** Module and function, variable, field. */
  reads: [string, string, string][];
  /** Module and function -> names in what it returns. */
  answers: Record<string, string[]>;
}
const python = JSON.parse(
  execFileSync("python3", [join(__dirname, "agent-fields.py"), AGENT], { encoding: "utf8" }),
) as Python;
const wire = declared("provider/manifest.ts");
const facts = declared("provider/host/types.ts");

const FILE = { content: "a\n", mode: "644", owner: "root", group: "root" };
/** A manifest in which every field says something. */
const FULL: Manifest = {
  role: "full",
  packages: { postfix: "present" },
  packagesAhead: ["dovecot-imapd"],
  users: { u: { home: "/", shell: "/bin/sh", groups: ["g"], uid: 7 } },
  directories: { "/d": { mode: "0755", owner: "root", group: "root" } },
  files: { "/f": FILE },
  secretFiles: { "/s": { ...FILE, content: "é" } },
  links: { "/l": "/f" },
  removed: { "/r": "nobody declared it" },
  sysctl: { "net.ipv4.ip_forward": "1" },
  prepare: [{ argv: ["true"], onChange: ["/f"], creates: "/c" }],
  validate: [{ argv: ["true"], stderrFails: true }],
  services: { "x.service": { enabled: true, running: true, reloadOn: ["/f"], restartOn: [], masked: false } },
  health: [{ kind: "command", argv: ["true"], timeout: 1 }],
  keep: ["/k"],
  allowed: [{ what: "file /a", why: "w", until: "2027-06-30" }],
};

/** What the agent itself records of a manifest. */
const recordOf = (wanted: Manifest): object =>
  JSON.parse(
    execFileSync(
      "python3",
      [
        "-c",
        "import json, sys; from agent.claims import record_of; print(json.dumps(record_of(json.load(sys.stdin))))",
      ],
      {
        input: JSON.stringify(wanted),
        encoding: "utf8",
        env: { ...process.env, PYTHONPATH: join(AGENT, ".."), PYTHONDONTWRITEBYTECODE: "1" },
      },
    ),
  ) as object;

/** Fields that are read of variables with one of these names, in functions of which `where` is true. */
const readOf = (variables: string[], where: (place: string) => boolean = () => true): string[] =>
  sorted(python.reads.flatMap(([place, name, field]) => (variables.includes(name) && where(place) ? [field] : [])));

test("the empty manifest has every field that is declared, and each is one of a kind", () => {
  expect(sorted(FIELDS)).toEqual(wire.Manifest);
  expect(sorted(["role", ...MAPS, ...LISTS, "packagesAhead", "allowed"])).toEqual(wire.Manifest);
  expect(manifest("", {}).role).toBe("");
});

test("an observation asks by every map, and the agent reads exactly what it is asked", () => {
  const request = sorted(Object.keys(observeRequest(FULL, {})));
  expect(readOf(["request"], (place) => place === "observe.observe")).toEqual(request);
});

test("what the provider says of the claims of a manifest is what the agent records of it", () => {
  expect(claims(FULL)).toEqual(recordOf(FULL));
});

test("the agent reads every field of a manifest, and none besides", () => {
  const recorded = Object.keys(recordOf(FULL)).filter((field) => field !== "secret");
  expect(sorted([...readOf(["manifest"]), ...recorded])).toEqual(wire.Manifest);
  expect(wire.Manifest).toEqual(expect.arrayContaining(readOf(["manifest"])));
});

test("what the agent reads of a record is in it", () => {
  // The agent's own notes, for the way back.
  const own = ["made", "sysctlBefore"];
  const known = sorted([...Object.keys(recordOf(FULL)), ...own]);
  expect(known).toEqual(expect.arrayContaining(readOf(["record", "other"])));
});

describe("entries of a manifest: the agent reads every field, and none besides", () => {
  /** What a variable `spec` is, by function; what is left are notes of the agent's own. */
  const SPECS: Record<string, string[]> = {
    FileSpec: ["claims.record_of", "redact.__init__", "transaction.plan"],
    DirectorySpec: ["transaction.plan_directories"],
    UserSpec: ["users.make_users"],
    ServiceSpec: [
      ...["claims.other_claims", "health.check_health", "remove.remove_locked", "rollback.as_wanted_by"],
      "work.stop_for_good",
    ],
    own: ["ahead.hand_over", "ahead.hold_back", "paths.own", "recorded.recorded"],
  };
  const isUnits = (place: string) => place.startsWith("units.");

  test.each(["FileSpec", "DirectorySpec", "UserSpec"])("%s", (name) => {
    expect(readOf(["spec"], (place) => SPECS[name]?.includes(place) ?? false)).toEqual(wire[name]);
  });

  test("ServiceSpec", () => {
    const ours = (place: string) => isUnits(place) || (SPECS.ServiceSpec?.includes(place) ?? false);
    expect(readOf(["spec"], ours)).toEqual(wire.ServiceSpec);
  });

  test("there is no reader of which nobody here knows what it reads", () => {
    const known = Object.values(SPECS).flat();
    const places = python.reads.flatMap(([place, name]) => (name === "spec" && !isUnits(place) ? [place] : []));
    expect(sorted(places)).toEqual(sorted(known));
  });

  test.each([
    ["CommandSpec", "command"],
    ["ValidateSpec", "validator"],
    ["HealthProbe", "probe"],
  ])("%s", (name, variable) => {
    expect(readOf([variable])).toEqual(wire[name]);
  });
});

describe("answers of the agent are declared, and nothing is declared that it does not answer", () => {
  test.each([
    ["Observation", "observe.observe"],
    ["PathFact", "facts.file_fact", "facts.shown"],
    ["UserFact", "facts.user_fact"],
    ["UnitFact", "systemd.unit_fact"],
    ["ApplyReport", "apply.apply_locked"],
    ["RemoveResult", "remove.remove_locked"],
    ["AgentError", "system.as_json"],
  ])("%s", (name, ...places) => {
    expect(sorted(places.flatMap((place) => python.answers[place] ?? []))).toEqual(facts[name]);
  });

  test("an observation has the facts of every map", () => {
    expect(facts.Observation).toEqual(expect.arrayContaining(MAPS));
  });
});
