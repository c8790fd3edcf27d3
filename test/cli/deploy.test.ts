/** `postfleet deploy` changes nothing that nobody asked for. */
import { consent, deploy, requireConsent, type Terminal } from "../../cli/deploy";
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
