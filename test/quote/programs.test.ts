/** Literals of programs read back as the value, by the languages themselves. */
import { spawnSync } from "node:child_process";
import { luaString, phpString, pythonLiteral, shellQuote, shellWord } from "../../quote/programs";
import { describeInChroot, runInChroot } from "../support/chroot";
import { quotedBy, texts } from "./nasty";

const wellFormed = (text: string) => !/\p{Cs}/u.test(text);
const hex = (text: string) => Buffer.from(text).toString("hex");

/** What a program of this machine prints. */
function said(argv: string[], input: string): string {
  const { status, stdout, stderr } = spawnSync(argv[0] ?? "", argv.slice(1), { input, encoding: "utf8" });
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  return stdout;
}

describe.each([
  ["shellQuote", shellQuote],
  ["shellWord", shellWord],
])("%s", (_name, quote) => {
  const pairs = quotedBy(quote, (text) => wellFormed(text) && !text.includes("\0"));

  test.each(["sh", "bash"])("%s reads back what was said", (shell) => {
    // One word each, which ends with the character 0: a word that fell apart would shift all that follow.
    const input = `printf '%s\\0' ${pairs.map(([, word]) => word).join(" \\\n  ")}\n`;
    expect(said([shell, "-s"], input).split("\0").slice(0, -1)).toEqual(pairs.map(([text]) => text));
  });

  test("beside other words it stays one word", () => {
    expect(said(["sh", "-s"], `printf '%s|' ${quote("/a b")}/keys/${quote("o'brien@x")}.key`)).toBe(
      "/a b/keys/o'brien@x.key|",
    );
  });
});

test("ordinary words get no quotes; the empty one does", () => {
  expect(["/srv/a-b", "postmaster@example.org", "[::1]", ""].map(shellWord)).toEqual([
    "/srv/a-b",
    "postmaster@example.org",
    "'[::1]'",
    "''",
  ]);
});

test("Python", () => {
  const all = texts(2);
  const input = `import json\nprint(json.dumps(${pythonLiteral(all)}))\nprint(json.dumps(${pythonLiteral({ "a'b\n": [true, -1] })}))`;
  const [list = "", map = ""] = said(["python3", "-"], input).split("\n");
  expect(JSON.parse(list)).toEqual(all);
  expect(JSON.parse(map)).toEqual({ "a'b\n": [true, -1] });
});

test("Lua", () => {
  const pairs = quotedBy(luaString, wellFormed);
  const lines = pairs.map(([, literal]) => `io.write((${literal}):gsub(".", code), "\\n")`);
  const code = 'local function code(c) return string.format("%02x", c:byte()) end\n';
  // `.` of Lua is any byte, line breaks included.
  const input =
    code + lines.map((line) => line.replace("io.write(", "io.write((").replace(", code)", ", code))")).join("\n");
  expect(said(["lua", "-"], input).split("\n").slice(0, -1)).toEqual(pairs.map(([text]) => hex(text)));
});

describeInChroot("PHP", () => {
  test("reads back what was said", () => {
    const pairs = quotedBy(phpString, wellFormed);
    const input = `<?php foreach ([${pairs.map(([, literal]) => literal).join(",\n")}] as $s) echo bin2hex($s), "\\n";`;
    const { stdout, status } = runInChroot(["php"], { input });
    expect(status).toBe(0);
    expect(stdout.split("\n").slice(0, -1)).toEqual(pairs.map(([text]) => hex(text)));
  });
});
