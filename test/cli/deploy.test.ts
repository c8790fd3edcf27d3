/** `postfleet deploy` changes nothing that nobody asked for. */
import { PassThrough } from "node:stream";
import { consent, deploy, requireConsent, type Terminal, terminalOn } from "../../cli/deploy";
import { main } from "../../cli/main";
import { namedStack } from "../../cli/stacks";
import { newFolder } from "../support/folder";
import { keptOutput } from "../support/output";

const nobody: Terminal = { interactive: false, ask: () => Promise.reject(new Error("nobody is there to be asked")) };
const saying = (answer: string): Terminal => ({ interactive: true, ask: async () => answer });

describe("the stack", () => {
  const root = newFolder({ "stacks/prod.yaml": "", "stacks/ovh.example.yaml": "", "stacks/Pulumi.prod.yaml": "" });

  test("has no default: who forgets it is told which there are", () => {
    expect(() => namedStack(undefined, root)).toThrow(/no stack was named; there are site files for: prod$/);
  });

  test("must have a site file", () => {
    expect(namedStack("prod", root)).toBe("prod");
    expect(() => namedStack("production", root)).toThrow(/production\.yaml; there are site files for: prod$/);
  });

  test.each(["owner/prod", "owner/project/prod", "organization/postfleet/prod"])("may be named %s", (reference) => {
    expect(namedStack(reference, root)).toBe(reference);
    expect(() => namedStack(`${reference}uction`, root)).toThrow(
      /stacks\/production\.yaml; there are site files for: prod$/,
    );
  });

  test.each(["", "/", "prod/", "a//prod", "a/b/c/prod", "../prod", "prod x"])("is not named %j", (reference) => {
    const wrong = expect.objectContaining({ status: 2, hint: expect.stringContaining("owner/project/prod") });
    expect(() => namedStack(reference, root)).toThrow(wrong);
  });

  test("is not the lab's for somebody who forgot it, and nothing is begun", async () => {
    await expect(deploy(undefined, false, nobody)).rejects.toThrow("no stack was named");
  });
});

describe("consent", () => {
  test("cannot be given where no terminal is: scripts say --yes", () => {
    expect(() => requireConsent("prod", false, nobody)).toThrow(/needs consent, and there is no terminal/);
    expect(() => requireConsent("prod", true, nobody)).not.toThrow();
    expect(() => requireConsent("prod", false, saying("y"))).not.toThrow();
  });

  test("is not asked for the lab's own stacks", () => {
    for (const stack of ["lab", "ovh-lab"]) expect(() => requireConsent(stack, false, nobody)).not.toThrow();
  });

  test.each([
    ["y", true],
    ["Yes ", true],
    ["", false],
    ["n", false],
    ["yep", false],
  ])("%j is %s", async (answer, expected) => {
    expect(await consent("prod", saying(answer))).toBe(expected);
  });
});

describe("the question", () => {
  /** What is answered where this is typed and then Ctrl-D pressed. */
  async function answerTo(typed: string): Promise<{ wanted: boolean; shown: string }> {
    const [input, output] = [new PassThrough(), new PassThrough()];
    const wanted = consent("prod", terminalOn(input, output));
    input.end(typed);
    return { wanted: await wanted, shown: String(output.read()) };
  }

  test.each([
    ["", false],
    ["\n", false],
    ["maybe\n", false],
    ["no\ny\n", false],
    ["y\n", true],
    ["YES\nno\n", true],
  ])("answered with %j and Ctrl-D is %s", async (typed, expected) => {
    const { wanted, shown } = await answerTo(typed);
    expect(wanted).toBe(expected);
    expect(shown).toContain('Apply this to the stack "prod"? [y/N]');
  });

  test("is answered with no by Ctrl-C", async () => {
    const [input, output] = [new PassThrough(), new PassThrough()];
    const tty = Object.assign(input, { isTTY: true, setRawMode: () => input });
    const wanted = consent("prod", terminalOn(tty, Object.assign(output, { isTTY: true })));
    input.write("\u0003");
    expect(await wanted).toBe(false);
  });
});

describe("on the command line", () => {
  const output = keptOutput();

  test("without a stack: exit status 2, a hint, and nothing is done", async () => {
    expect(await main(["node", "postfleet", "deploy"])).toBe(2);
    expect(output.err).toContain("name it with --stack");
    expect(output.out).toBe("");
  });

  test("ovh.example is no stack: a site file that is an example has a dot in its name", async () => {
    expect(await main(["node", "postfleet", "deploy", "--stack", "nosuch"])).toBe(1);
    expect(output.err).toContain("there are site files for: lab, ovh-lab");
  });
});
