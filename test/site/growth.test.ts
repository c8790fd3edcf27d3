/** Reading a site file takes time in proportion to the file, also where all of it is wrong. */
import { truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readSite } from "../../plan";
import { KnownHosts } from "../../site/known-hosts";
import { MOST_PROBLEMS } from "../../site/problems";
import { nearest } from "../../site/suggest";
import { newFolder } from "../support/folder";
import { growth, MOST_GROWTH } from "../support/growth";
import { hostKeyLine } from "./fixture";

jest.setTimeout(120_000);

const key = hostKeyLine();
const each = (n: number, line: (i: number) => string) => Array.from({ length: n }, (_, i) => line(i)).join("\n");
const HEAD = "site: x\n";
const host = (i: number, more = "") =>
  `  h${i}: { address: 10.${i >> 16}.${(i >> 8) & 255}.${i & 255}, roles: [mx]${more} }`;
const spf = (i: number, n: number) =>
  `  d${i}.example: { spf: [${i + 1 < n ? `"include:d${i + 1}.example", "?include:d${i + 1}.example"` : "mx"}] }`;

const FILES: Record<string, [n: number, (n: number) => string]> = {
  "unknown keys": [8000, (n) => HEAD + each(n, (i) => `unknown${i}: 1`)],
  "keys given twice": [8000, (n) => HEAD + each(n, () => "site: y")],
  "hosts that replace hosts": [3000, (n) => `hosts:\n${each(n, (i) => host(i, `, replaces: g${i}`))}`],
  "includes of SPF that meet again": [3, (n) => `domains:\n${each(8 * n, (i) => spf(i, 8 * n))}`],
  "a line of @": [30_000, (n) => `a: b: ${"@".repeat(n)}`],
  "a URL of slashes": [30_000, (n) => `dns: { provider: powerdns, api: { url: "https://a/${"/".repeat(n)}a" } }`],
};

test.each(Object.entries(FILES))("%s", (_name, [n, text]) => {
  const prepare = (size: number) => {
    const folder = newFolder({ known: each(size, (i) => `10.${i >> 16}.${(i >> 8) & 255}.${i & 255} ${key}`) });
    const file = join(folder, "site.yaml");
    writeFileSync(file, text(size));
    return () => {
      const { problems } = readSite(file);
      expect(problems.length).toBeGreaterThan(0);
      expect(problems.length).toBeLessThanOrEqual(2 * MOST_PROBLEMS + 2);
    };
  };
  expect(growth(prepare, Math.ceil(n / 4))).toBeLessThan(MOST_GROWTH);
});

test("patterns of known_hosts, however many stars they have", () => {
  const name = "a".repeat(250);
  const prepare = (n: number) => () => {
    const known = new KnownHosts(`${"*a".repeat(n)}*b ${key}\n${"?*".repeat(n)}b ${key}\n`);
    expect(known.keysOf([name], 22)).toEqual([]);
  };
  expect(growth(prepare, 30)).toBeLessThan(MOST_GROWTH);
  expect(new KnownHosts(`*a*b*c*d*e*f* ${key}`).keysOf(["xaxbxcxdxexf", "abcde"], 22)).toEqual([key]);
  expect(new KnownHosts(`*A?c* ${key}`).keysOf(["xabc"], 22)).toEqual([key]);
  expect(new KnownHosts(`a*b ${key}`).keysOf(["ab.c"], 22)).toEqual([]);
});

test("what is not shown is counted, errors and warnings apart, and refuses the file", () => {
  const many = each(MOST_PROBLEMS + 7, (i) => `unknown${i}: 1`);
  const file = join(newFolder({ "site.yaml": many }), "site.yaml");
  const { problems, site } = readSite(file);
  expect(site).toBeUndefined();
  expect(problems.filter(({ severity }) => severity === "error")).toHaveLength(MOST_PROBLEMS + 1);
  expect(problems.map(({ message }) => message)).toContainEqual(
    expect.stringMatching(/^\d+ more errors are not shown$/),
  );
});

test("a file that is too large is not read", () => {
  const folder = newFolder({ "site.yaml": "" });
  truncateSync(join(folder, "site.yaml"), 40 * 2 ** 20);
  expect(readSite(join(folder, "site.yaml"))).toMatchObject({
    unreadable: true,
    problems: [{ message: expect.stringMatching(/41943040 bytes; a site file has 32 MiB at most/) }],
  });
});

test("nesting has an end, said at its place", () => {
  const file = join(newFolder({ "site.yaml": `site: x\na: ${"[".repeat(50_000)}` }), "site.yaml");
  expect(readSite(file).problems[0]).toMatchObject({ line: 2 });
});

test.each([
  ["passwrod", ["password", "quota"], "password"],
  ["ab", ["ba"], "ba"],
  ["hosts", ["host", "ghosts"], "host"],
  ["greet-wait", ["greetWait"], "greetWait"],
  ["abcdef", ["uvwxyz"], undefined],
  ["a".repeat(400), ["a".repeat(400)], undefined],
])("nearest to %s of %j", (word, words, expected) => expect(nearest(word, words)).toBe(expected));
