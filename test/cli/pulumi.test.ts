/** `postfleet pulumi` runs on the stack that was named; only what reads has a default. */
import { createHash } from "node:crypto";
import { stackVariables } from "../../cli/env";
import { main } from "../../cli/main";
import { PROJECT_ROOT } from "../../cli/paths";
import { stackFor } from "../../cli/pulumi";
import { onlyReads, stackIn } from "../../cli/pulumi-arguments";
import { surroundingsOf } from "../../cli/surroundings";
import { newFolder } from "../support/folder";
import { keptOutput } from "../support/output";

const words = (line: string): string[] => line.split(" ").filter(Boolean);
/** Where nothing was selected. */
const fresh = () => ({ PULUMI_HOME: newFolder() });

test.each([
  ["", true],
  ["preview --diff --expect-no-changes", true],
  ["preview --policy-pack /opt/policies", true],
  ["stack", true],
  ["stack --show-urns", true],
  ["stack output accounts --show-secrets", true],
  ["config get postfleet:a", true],
  ["up --help", true],
  ["up", false],
  ["update --yes", false],
  ["destroy --yes", false],
  ["refresh", false],
  ["watch", false],
  ["stack init", false],
  ["stack rm", false],
  ["stack import --file state.json", false],
  ["state delete urn", false],
  ["config set preview x", false],
  ["import a b c", false],
  ["cancel", false],
  // What is no command may be the value of an option, so the command is looked for no further.
  ["--color preview up", false],
  ["--cwd /tmp up", false],
  ["stack --config-file output rm", false],
  ["config --config-file get set a b", false],
  ["something-new", false],
])("pulumi %s only reads: %s", (line, expected) => {
  expect(onlyReads(words(line))).toBe(expected);
});

test.each([
  ["up --stack prod", "prod"],
  ["up --stack=prod", "prod"],
  ["up -s prod", "prod"],
  ["up -sprod", "prod"],
  ["up -s=prod", "prod"],
  ["up -ys prod", "prod"],
  ["up -yfsprod", "prod"],
  ["-sprod up", "prod"],
  ["--stack a up --stack b", "b"],
  ["stack rm --stack organization/postfleet/prod", "organization/postfleet/prod"],
  ["destroy --stack=owner/prod --yes", "owner/prod"],
  ["stack init prod", "prod"],
  ["stack select owner/postfleet/prod", "owner/postfleet/prod"],
  ["stack rm prod --yes", "prod"],
  ["cancel prod", "prod"],
  ["cancel --stack prod", "prod"],
  ["stack rename prod", undefined],
  ["config set --secret a", undefined],
  ["config set a -- --stack", undefined],
  ["up --skip-preview", undefined],
  ["up --message --stack=prod", undefined],
  ["up -m -sprod", undefined],
  ["up -mstack", undefined],
])("pulumi %s names %s", (line, expected) => {
  expect(stackIn(words(line))).toBe(expected);
});

describe("the stack", () => {
  test("is what the arguments or the option name, as it was named", () => {
    expect(stackFor(words("up --stack prod"), undefined, fresh())).toBe("prod");
    expect(stackFor(words("up --stack owner/postfleet/prod"), "prod", fresh())).toBe("owner/postfleet/prod");
    expect(stackFor(["up"], "owner/prod", fresh())).toBe("owner/prod");
  });

  test("is the lab's for what only reads, and for nothing else", () => {
    expect(stackFor(["preview"], undefined, fresh())).toBe("lab");
    for (const line of ["up", "destroy --yes", "refresh", "stack rm", "cancel", "config set a b"])
      expect(() => stackFor(words(line), undefined, fresh())).toThrow("no stack was named");
  });

  test("cannot be two", () => {
    expect(() => stackFor(words("up --stack prod"), "lab", fresh())).toThrow(/two stacks are named: "lab".*"prod"/);
    expect(() => stackFor(words("stack rm prod"), "lab", fresh())).toThrow("two stacks are named");
  });

  test("is the one of PULUMI_STACK, also for what only reads", () => {
    const env = { ...fresh(), PULUMI_STACK: "prod" };
    expect(stackFor(["up"], undefined, env)).toBe("prod");
    expect(stackFor(["preview"], undefined, env)).toBe("prod");
    expect(stackFor(["up", "--stack", "lab"], undefined, env)).toBe("lab");
  });

  test("is the one that pulumi stack select has chosen in this backend", () => {
    const file = `postfleet-${createHash("sha1").update(`${PROJECT_ROOT}/Pulumi.yaml`).digest("hex")}-workspace.json`;
    const chosen = (workspace: object) => ({
      PULUMI_HOME: newFolder({
        [`workspaces/${file}`]: JSON.stringify(workspace),
        "credentials.json": JSON.stringify({ current: "file://~" }),
      }),
    });
    const each = { stacks: { "file://~": "organization/postfleet/prod", "s3://b": "other" } };
    expect(stackFor(["up"], undefined, chosen(each))).toBe("organization/postfleet/prod");
    expect(stackFor(["preview"], undefined, chosen(each))).toBe("organization/postfleet/prod");
    expect(stackFor(["up"], undefined, { ...chosen(each), PULUMI_BACKEND_URL: "s3://b" })).toBe("other");
    expect(stackFor(["up"], undefined, chosen({ stack: "older" }))).toBe("older");
    expect(() => stackFor(["up"], undefined, { ...chosen(each), PULUMI_BACKEND_URL: "s3://c" })).toThrow("no stack");
  });
});

test("a reference leads to the files of the stack's own name; the lab's stacks have no other owner", () => {
  const engine = { pulumi: "/e/pulumi", directory: "/e", version: "v3.259.0", source: "built" } as const;
  const places = { root: "/r", labState: newFolder(), cache: newFolder() };
  expect(stackVariables("owner/postfleet/prod", engine, {}, places).PULUMI_STACK).toBe("owner/postfleet/prod");
  const lab = stackVariables("organization/postfleet/lab", engine, {}, places);
  expect(lab.PULUMI_BACKEND_URL).toContain(places.labState);
  expect(surroundingsOf("organization/postfleet/lab").disposable).toBe(true);
  expect(surroundingsOf("owner/postfleet/lab").disposable).toBe(false);
  expect(surroundingsOf("owner/lab").disposable).toBe(false);
});

describe("on the command line", () => {
  const output = keptOutput();
  let home: string | undefined;
  beforeEach(() => {
    home = process.env.PULUMI_HOME;
    process.env.PULUMI_HOME = newFolder();
  });
  afterEach(() => {
    if (home === undefined) delete process.env.PULUMI_HOME;
    else process.env.PULUMI_HOME = home;
  });

  test("what changes something without a stack is refused, with those there are and the line to write", async () => {
    expect(await main(["node", "postfleet", "pulumi", "destroy", "--yes"])).toBe(2);
    expect(output.err).toContain("no stack was named; there are site files for: lab, ovh-lab");
    expect(output.err).toContain("postfleet pulumi --stack lab destroy --yes");
    expect(output.out).toBe("");
  });

  test("a name that is none is refused before anything runs", async () => {
    expect(await main(["node", "postfleet", "pulumi", "--stack", "a/b/c/d", "up"])).toBe(2);
    expect(output.err).toContain('"a/b/c/d" is not the name of a stack');
  });
});
