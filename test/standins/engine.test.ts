/** The stand-ins under the real engine: what the vendor's plugins would do. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describeWithEngine, Scratch } from "../engine/scratch";

jest.setTimeout(180_000);

const program = (keeper: string, trigger: string, update: string) => `
const password = new random.RandomPassword("password", { length: 24, keepers: { k: "${keeper}" } });
const id = new random.RandomId("id", { byteLength: 4 });
const touch = new command.local.Command("touch", {
  create: "echo made >> log; echo created",
  update: "${update}",
  delete: "echo deleted >> log",
  dir: __dirname, logging: "none", triggers: ["${trigger}"],
});
exports.password = password.result;
exports.id = id.hex;
exports.stdout = touch.stdout;`;

describeWithEngine("stand-ins", () => {
  let scratch: Scratch;
  beforeAll(async () => {
    scratch = new Scratch();
    await scratch.must("stack", "init", "test");
  });
  afterAll(() => scratch.remove());

  const log = () => {
    const file = join(scratch.directory, "log");
    return existsSync(file) ? readFileSync(file, "utf8").trim().split("\n") : [];
  };
  const counts = (stdout: string) =>
    stdout.split("\n").flatMap((line) => /^\s+([-+~]+\s*\d+ .*|\d+ unchanged)$/.exec(line)?.[1] ?? []);

  test("create, no change, replace by a keeper, update, replace by a trigger, delete", async () => {
    scratch.program(program("1", "a", "echo updated >> log"));
    const previewed = await scratch.must("preview");
    expect(previewed).toContain("is a stand-in of Postfleet's lab");
    expect(log()).toEqual([]);

    await scratch.must("up", "--yes", "--skip-preview");
    const first = await scratch.outputs();
    expect(first.password).toMatch(/^.{24}$/);
    expect(first.id).toMatch(/^[0-9a-f]{8}$/);
    expect(first.stdout).toBe("created");
    expect(scratch.stateOnDisk()).not.toContain(first.password);
    expect(log()).toEqual(["made"]);

    expect(await scratch.must("preview", "--expect-no-changes")).toContain("4 unchanged");

    scratch.program(program("2", "a", "echo updated >> log"));
    expect(counts(await scratch.must("preview"))).toContain("+-1 to replace");
    await scratch.must("up", "--yes", "--skip-preview");
    const second = await scratch.outputs();
    expect(second.password).not.toBe(first.password);
    expect(second.id).toBe(first.id);

    scratch.program(program("2", "a", "echo otherwise >> log"));
    expect(counts(await scratch.must("preview"))).toContain("~ 1 to update");
    await scratch.must("up", "--yes", "--skip-preview");
    expect(log()).toEqual(["made", "otherwise"]);

    scratch.program(program("2", "b", "echo otherwise >> log"));
    await scratch.must("up", "--yes", "--skip-preview");
    expect(log()).toEqual(["made", "otherwise", "made", "deleted"]);

    await scratch.must("destroy", "--yes", "--skip-preview");
    expect(log()).toEqual(["made", "otherwise", "made", "deleted", "deleted"]);
  });

  test("a rule that cannot be met fails the preview and names the property", async () => {
    scratch.program('new random.RandomPassword("p", { length: 2, minLower: 3 });');
    const { status, stdout } = await scratch.pulumi("preview");
    expect(status).not.toBe(0);
    expect(stdout).toContain("length (2) is less than the sum");
  });
});
