import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { once, readJson, writeAtomically } from "../../system/files";
import { newFolder } from "../support/folder";

test("a file is written whole, with its mode, into a folder that need not be there", () => {
  const file = join(newFolder(), "deep", "file");
  writeAtomically(file, "one", 0o600);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const before = statSync(file).ino;
  // What an earlier run left half written is in nobody's way, and does not lend its mode.
  writeFileSync(`${file}.new`, "half", { mode: 0o666 });
  writeAtomically(file, "two", 0o600);
  expect(readFileSync(file, "utf8")).toBe("two");
  expect(statSync(file).mode & 0o777).toBe(0o600);
  // Another file took its place: whoever had the old one open still reads that.
  expect(statSync(file).ino).not.toBe(before);
  expect(readdirSync(join(file, ".."))).toEqual(["file"]);
});

test("a JSON file that is broken counts as none", () => {
  const folder = newFolder({ good: '{"a":1}', broken: '{"a"' });
  expect(["good", "broken", "absent"].map((name) => readJson(join(folder, name)))).toEqual([
    { a: 1 },
    undefined,
    undefined,
  ]);
});

test("what is made once stays", async () => {
  const file = join(newFolder(), "once");
  const make = jest.fn(async () => "first");
  expect(await once(file, 0o600, make)).toBe("first");
  expect(await once(file, 0o600, make)).toBe("first");
  expect(make).toHaveBeenCalledTimes(1);
});
