/** Programs and their data: what fits is filled in, what does not is named, and no value leaves its place. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { chosenParts, flagsOf, type ProgramData, program, render } from "../../../roles/shared/program";

const fill = (text: string, values: ProgramData["values"], language = ".sh") =>
  render(text, { role: "r", language, values });
const PARTS = "a\n  #@if one\nb\n#@if not two\nc\n#@end\n  #@else\nd\n#@end\ne\n";

describe("data", () => {
  test("a string that is a placeholder becomes a literal, any other placeholder a word, and the owner is named", () => {
    const text = '# @OWNED@\nx = "@LIST@"\ny = f"@PATH@/{x}:@PATH@"\n';
    expect(
      render(text, { role: "relay", language: ".py", values: { LIST: ["a", 1, { b: true }], PATH: "/srv" } }),
    ).toBe(
      '# Owned by Postfleet, role relay: change the site file instead, the next update restores this one.\nx = ["a",1,{"b":True}]\ny = f"/srv/{x}:/srv"\n',
    );
    expect(render("-- @OWNED@\n", { role: "filter", language: ".lua" })).toMatch(
      /^-- Owned by Postfleet, role filter: /,
    );
  });

  test("what looks like a placeholder in a value stays", () => {
    expect(fill("@A@ @B@", { A: "@B@", B: "b" })).toBe("@B@ b");
  });

  test("a placeholder without a value, and a value without a placeholder", () => {
    expect(() => fill("@A@ '@B@'", { A: "a" })).toThrow("'@B@' has no value. Given are A");
    expect(() => fill("@A@", { A: "a", B: "b" })).toThrow("the value B has no place. The placeholders are A");
    expect(() => fill("@A@", {})).toThrow("@A@ has no value. Given are none");
    expect(() => fill("# @OWNED@\n@A@", { A: "a", OWNED: "b" })).toThrow(
      "the value OWNED has no place. The placeholders are A",
    );
  });

  test("a value of a part that is left out is no mistake", () => {
    const text = "#@if one\n@A@\n#@end\n";
    expect(render(text, { role: "r", language: ".sh", values: { A: "a" }, flags: { one: false } })).toBe("");
  });

  test("errors name the program", () => {
    expect(() => program("backup", "server.sh", { flags: { limited: false } })).toThrow(
      /^roles\/backup\/programs\/server\.sh: @DATA@ has no value/,
    );
    expect(() => program("backup", "none.sh")).toThrow("roles/backup/programs/none.sh is not found above");
  });
});

describe("parts", () => {
  test.each([
    [true, true, "a\nb\ne\n"],
    [true, false, "a\nb\nc\ne\n"],
    [false, true, "a\nd\ne\n"],
    [false, false, "a\nd\ne\n"],
  ])("one %s, two %s", (one, two, text) => {
    expect(chosenParts(PARTS, { one, two })).toBe(text);
  });

  test("every language marks them by its own comments", () => {
    expect(chosenParts("--@if x\na\n--@end\n//@if x\nb\n//@end\n<!--@if x-->\nc\n<!--@end-->\nd", { x: false })).toBe(
      "d",
    );
    expect(flagsOf(PARTS)).toEqual(["one", "two"]);
  });

  test("a flag that is unknown, and one that is not given", () => {
    expect(() => chosenParts(PARTS, { one: true, two: true, three: true })).toThrow(
      "there is no flag three. The flags are one, two",
    );
    expect(() => chosenParts(PARTS, { one: true })).toThrow("the flag two is not given. Allowed are true and false");
  });

  test.each([
    ["#@else\n", 'line 1: "#@else" has no place here'],
    ["#@if x\n#@else\n#@else\n#@end\n", 'line 3: "#@else"'],
    ["#@if x\n#@end\n#@end\n", 'line 3: "#@end"'],
    ["#@fi x\n", 'line 1: "#@fi x"'],
    ["#@if x\n", "1 parts that begin with @if have no @end"],
  ])("%j is refused", (text, words) => {
    const flags = Object.fromEntries(flagsOf(text).map((flag) => [flag, true]));
    expect(() => chosenParts(text, flags)).toThrow(words);
  });
});

/** Whatever has a meaning in some language. */
const NASTY = `'"\\$(echo out) \`echo out\` \${HOME} %s {x} </x> ]] \n\t#@end "@A@" é`;

describe("no value leaves its place", () => {
  const said = (argv: string[], input: string) => {
    const { stdout, stderr } = spawnSync(argv[0] ?? "", argv.slice(1), { input, encoding: "utf8" });
    return stdout + stderr;
  };

  test("shell and Python read a literal as the value", () => {
    expect(said(["sh", "-s"], fill('printf %s \'@A@\' "@A@" "@N@"', { A: NASTY, N: 7 }))).toBe(`${NASTY}${NASTY}7`);
    expect(said(["sh", "-s"], fill('echo $((2 * "@N@"))', { N: 21 }))).toBe("42\n");
    const python = "import sys\nsys.stdout.buffer.write('@A@'['@A@'.index(\"@B@\"):].encode())\n";
    expect(said(["python3", "-"], fill(python, { A: `${NASTY}\0\u2028`, B: NASTY }, ".py"))).toBe(`${NASTY}\0\u2028`);
    expect(said(["python3", "-"], fill("print('@A@')", { A: { "a'b": [false, -1] } }, ".py"))).toBe(
      `{"a'b": [False, -1]}\n`,
    );
  });

  test("Lua's escapes are by number", () => {
    expect(fill('x = "@A@"', { A: 'a"\\\n\x001' }, ".lua")).toBe('x = "a\\"\\\\\\010\\0001"');
    expect(fill('x = "@A@"', { A: false }, ".lua")).toBe("x = false");
  });

  test.each([...`'"\\$\`\n\t {}<>&;|*?~#!()^`, "", "\0"])("%j is in no plain word", (character) => {
    expect(() => fill("echo @A@", { A: `${character && `a${character}b`}` })).toThrow(
      /^@A@: .* is no plain word\. Allowed are/,
    );
  });

  test("words that hosts are told: paths, addresses, names", () => {
    for (const word of ["/etc/a-b_c.d", "[2001:db8::1]:25", "a+b@bücher.example", "50%,x=y"])
      expect(fill("@A@", { A: word })).toBe(word);
  });

  test.each<[string, string, NonNullable<ProgramData["values"]>[string], RegExp]>([
    [".sh", "'@A@'", "a\0b", /cannot be told to shell/],
    [".sh", "'@A@'", true, /true cannot be told to shell\. Allowed is a string/],
    [".sh", "'@A@'", ["a"], /cannot be told to shell/],
    [".sh", "'@A@'", 1.5, /1\.5 is no whole number/],
    [".py", "'@A@'", Number.NaN, /NaN is no whole number/],
    [".lua", "'@A@'", ["a"], /cannot be told to Lua/],
    [".sh", "@A@", 1e21, /1e\+21 is no whole number/],
    [".sh", "@A@", true, /true is no plain word/],
    [".php", "'@A@'", "a", /literals are known for \.sh, \.py, \.lua, not for \.php/],
  ])("%s: %s cannot be %j", (language, text, value, words) => {
    expect(() => fill(text, { A: value }, language)).toThrow(words);
  });
});

test("a program without data is its file", () => {
  const file = join(__dirname, "../../../roles/mailstore/programs/refuse-old-dovecot.sh");
  expect(program("mailstore", "refuse-old-dovecot.sh")).toBe(readFileSync(file, "utf8"));
});
