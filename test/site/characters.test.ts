/** Files in other encodings, and characters that YAML or nobody wants: which one it is, where, and the cure. */
import { writeFileSync } from "node:fs";
import { readSite } from "../../plan";
import { folderWith, hostKeyLine } from "./fixture";

const GOOD = `site: a
ssh: { knownHosts: k }
hosts:
  mail1: { address: 192.0.2.1, location: lille, roles: [mx, submission, relay, mailstore] }
domains: { example.org: {} }
accounts:
  mailboxes: { alice@example.org: {} }
  aliases: { postmaster@example.org: [alice@example.org] }
dns: { provider: none }
`;

/** The errors of a file, as lines "line:column message | hint"; undefined where there is none. */
function errorsOf(bytes: Buffer | string): string | undefined {
  const file = folderWith({ "site.yaml": "", k: `192.0.2.1 ${hostKeyLine()}\n` });
  writeFileSync(file, bytes);
  const errors = readSite(file).problems.filter(({ severity }) => severity === "error");
  return (
    errors.map((error) => `${error.line}:${error.column} ${error.message} | ${error.hint}`).join("\n") || undefined
  );
}

test("the file that the others are made from is good, with a byte order mark and CR LF too", () => {
  for (const good of [GOOD, `\ufeff${GOOD}`, GOOD.replaceAll("\n", "\r\n")]) expect(errorsOf(good)).toBeUndefined();
});

const utf16 = (text: string) => Buffer.from(text, "utf16le");
test.each<[string, Buffer | string, RegExp]>([
  ["UTF-16 with a mark", utf16(`\ufeff${GOOD}`), /UTF-16 \(little endian\).*iconv -f UTF-16LE/],
  ["UTF-16 without one", utf16(GOOD), /UTF-16 \(little endian\)/],
  ["UTF-16, the other way round", utf16(`\ufeff${GOOD}`).swap16(), /UTF-16 \(big endian\)/],
  ["Latin-1", Buffer.from(`${GOOD}# M\xfcller\n`, "latin1"), /^10:4 the byte 0xFC.*"ü"/],
  ["NUL", `${GOOD}# a\0b\n`, /^10:4 a NUL/],
  ["line ends of old", GOOD.replaceAll("\n", "\r"), /carriage return.*tr '/],
])("%s", (_name, bytes, expected) => {
  expect(errorsOf(bytes)).toMatch(expected);
});

test.each<[string, string, RegExp]>([
  ["a tab as indentation", "mx:\n\tgreetWait: 2\n", /^11:1 .*tab/i],
  ["a no-break space", "mx:\u00a0{}\n", /^10:4 a no-break space \(U\+00A0\)/],
  ["no-break spaces as indentation", "mx:\n\u00a0\u00a0greetWait: 2\n", /^11:1 .*no-break space/],
  ["a zero-width space", "mx\u200b: {}\n", /^10:3 .*zero.width space/im],
  ["typographic quotes", "mx: { greetWait: \u201c2\u201d }\n", /^10:18 .*quot.*U\+201C/],
  [
    "a hash, in a map of its own line",
    "relay: { smarthost: {BLF-CRYPT}$2y$05$abc }\n",
    /^10:21 .*begins with \{.*'\{BLF-CRYPT\}/,
  ],
  [
    "a hash, in a line of its own",
    "relay:\n  smarthost: {BLF-CRYPT}$2y$05$abc\n",
    /^11:14 .*begins with \{.*'\{BLF-CRYPT\}/,
  ],
  ["a domain with @", "relay:\n  @example.org: x\n", /^11:3 .*begins with @.*"@example\.org":/],
  ["an alias that was none", "relay:\n  smarthost: *example\n", /^11:14 .*begins with \*|^11:14 .*alias/],
  ["a tag that was none", "relay:\n  smarthost: !secret\n", /^11:14 .*!/],
  ["a percent sign", "relay:\n  smarthost: %x\n", /^11:14 .*begins with %/],
  ["a back-tick", "relay:\n  smarthost: `x`\n", /^11:14 .*begins with `/],
  ["two keys in a line", "mx: greetWait: 2\n", /^10:14 .*": " in it/],
  [
    "a number with a zero in front",
    "submission: { rateLimit: { perHour: 017 } }\n",
    /^10:\d+ "017" can be read in several ways/,
  ],
  ["a word for yes", "dns: { provider: none, dnssec: yes }\n", /^9:1|^10:/],
  ["two documents", `---\n${GOOD}`, /^10:|^11:/],
  ["a key twice", "site: b\n", /^10:1 the key is given twice, first in line 1/],
])("%s", (_name, more, expected) => {
  expect(errorsOf(`${GOOD}${more}`)).toMatch(expected);
});

test("a secret is shown of no line", () => {
  const said = errorsOf(`${GOOD}relay: { smarthost: {BLF-CRYPT}$2y$05$abcdefgh }\n`);
  expect(said).not.toContain("abcdefgh");
});

test("few lines that stand for very many, and very deep ones, end soon", () => {
  const rows = [..."abcdefghi"].map((name, index, all) => {
    const one = index === 0 ? "x" : `*${all[index - 1]}`;
    return `${name}: &${name} [${Array(9).fill(one).join(", ")}]\n`;
  });
  const since = Date.now();
  expect(errorsOf(rows.join(""))).toBeDefined();
  expect(errorsOf(`a: ${"[".repeat(100_000)}`)).toMatch(/nest/);
  expect(Date.now() - since).toBeLessThan(5000);
});
