/** The command `postfleet validate`. */
import { join } from "node:path";
import { report, validateCommand } from "../../cli/validate";
import { readSite } from "../../plan";
import { EXAMPLE } from "../../site/markdown";
import { keptOutput } from "../support/output";
import { folderWith, hostKeyLine } from "./fixture";

const FIVE = join(__dirname, "cases/five-mistakes.yaml");

test("prints place, path, message, given, allowed and hint of every problem", () => {
  const { text, status } = report("five.yaml", readSite(FIVE), { json: false, colour: false });
  expect(status).toBe(1);
  expect(text).toContain(
    [
      `${FIVE}:8:17  hosts.mail1.roles[1]`,
      '  error: "submision" is not known here',
      "    given    submision",
      "    allowed  one of mx, submission, relay, filter, mailstore, webmail, nameserver, backup",
      '    hint     did you mean "submission"?',
      "",
    ].join("\n"),
  );
  expect(text.split("\n").at(-2)).toBe("five.yaml: 5 errors");
  expect(text).not.toContain("\u001b");
});

test("colours only where it is told to", () => {
  expect(report("five.yaml", readSite(FIVE), { json: false, colour: true }).text).toContain("\u001b[31merror\u001b[0m");
});

test("--json is one object", () => {
  const { text, status } = report("five.yaml", readSite(FIVE), { json: true, colour: false });
  expect(status).toBe(1);
  const answer = JSON.parse(text);
  expect(answer).toMatchObject({ file: "five.yaml", valid: false });
  expect(answer.problems).toHaveLength(5);
  expect(answer.problems[1]).toMatchObject({ line: 10, column: 5, path: "hosts.back1.adress", severity: "error" });
});

describe("exit status", () => {
  const printed = keptOutput();
  const run = async (...args: string[]) => {
    await validateCommand().parseAsync(args, { from: "user" });
    return { status: process.exitCode, out: printed.out, err: printed.err };
  };

  test("0 for a valid file", async () => {
    const file = folderWith({ "example.yaml": EXAMPLE, "example.known_hosts": `192.0.2.25,back1 ${hostKeyLine()}\n` });
    expect(await run(file)).toEqual({ status: 0, out: `${file}: valid; 2 hosts, 1 domain, 2 mailboxes\n`, err: "" });
  });

  test("1 for errors", async () => expect(await run(FIVE, "--json")).toMatchObject({ status: 1, err: "" }));

  test("2 for a file that cannot be read", async () => {
    expect(await run("/nonexistent.yaml")).toMatchObject({
      status: 2,
      out: "",
      err: expect.stringContaining("no such file"),
    });
  });
});
