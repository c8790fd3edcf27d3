import { report } from "../../cli/errors";
import { verdicts } from "../../cli/lab/hello";
import { headerFields } from "../../cli/lab/mail";
import { main, program } from "../../cli/main";
import { UserError } from "../../system/errors";
import { keptOutput } from "../support/output";

function said(error: unknown): { text: string; status: number } {
  let text = "";
  const status = report(error, (part) => {
    text += part;
  });
  return { text, status };
}

test("an error says what was wrong and what to do, without a stack trace", () => {
  expect(said(new UserError("the disk is full", "make room", 3))).toEqual({
    text: "postfleet: the disk is full\n  hint: make room\n",
    status: 3,
  });
  const other = Object.assign(new Error("no mirror\n  hint: try another"), { hint: "try another" });
  expect(said(other).text).toBe("postfleet: no mirror\n  hint: try another\n");
});

test("a bug is called one", () => {
  const { text, status } = said(new TypeError("x is undefined"));
  expect(text).toContain("x is undefined");
  expect(text).toContain("POSTFLEET_DEBUG=1");
  expect(text).not.toContain("    at ");
  expect(status).toBe(1);
});

describe("the command line", () => {
  const printed = keptOutput();

  test.each([
    [["nonsense"], 2, "unknown command 'nonsense'"],
    [["lab", "nonsense"], 2, "unknown command 'nonsense'"],
    [["engine", "--nonsense"], 2, "unknown option '--nonsense'"],
    [["--help"], 0, "Usage: postfleet"],
    [["deploy", "--stack", "no-such-site"], 1, "there is no site file"],
  ])("postfleet %j ends with status %d", async (args, status, text) => {
    expect(await main(["node", "postfleet", ...args])).toBe(status);
    expect(printed.all).toContain(text);
  });

  test("every command is described", () => {
    const undescribed = program().commands.filter((command) => !command.description());
    expect(undescribed.map((command) => command.name())).toEqual([]);
    expect(program().commands.map((command) => command.name())).toEqual(
      expect.arrayContaining(["validate", "lab", "pulumi", "engine", "env", "deploy", "hello"]),
    );
  });
});

test("verdicts of the receiving side are read from folded header fields", () => {
  const headers =
    "Authentication-Results: mx.example.org;\r\n\tdkim=pass header.d=foreign.example header.s=s1;\r\n" +
    " dkim=pass header.d=foreign.example header.s=s2;\r\n\tspf=pass smtp.mailfrom=zoe@foreign.example;\r\n" +
    "\tdmarc=fail reason=x\r\nSubject: dkim=none\r\n";
  const fields = headerFields(headers, "authentication-results");
  expect(fields).toHaveLength(1);
  expect(verdicts(fields)).toBe("dkim=pass spf=pass dmarc=fail");
  expect(verdicts([])).toBe("no verdict");
});
