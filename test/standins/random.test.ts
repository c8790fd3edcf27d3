import { compare } from "bcryptjs";
import { changes, handlerFor, KINDS } from "../../lab/standins/random";
import { UNKNOWN, type ValueMap } from "../../provider/values";

const report = { info() {}, warn() {}, progress() {} };
const handler = (name: string) => {
  const kind = KINDS[`random:index/random${name}:Random${name}`];
  if (!kind) throw new Error(`no kind ${name}`);
  return handlerFor(kind);
};
const create = (name: string, inputs: ValueMap) => handler(name).create("urn", inputs, false, report);

test("a password keeps to its rules", async () => {
  const inputs = { length: 40, special: true, overrideSpecial: "-_", minSpecial: 5, minNumeric: 5, upper: false };
  const { id, outputs } = await create("Password", inputs);
  const result = String(outputs.result);
  expect(id).toBe("none");
  expect(result).toMatch(/^[a-z0-9_-]{40}$/);
  expect(result.match(/[_-]/g)?.length).toBeGreaterThanOrEqual(5);
  expect(result.match(/[0-9]/g)?.length).toBeGreaterThanOrEqual(5);
  expect(await compare(result, String(outputs.bcryptHash))).toBe(true);
  expect(handler("Password").secretOutputs).toEqual(["result", "bcryptHash"]);
});

test("two passwords differ, and every class appears somewhere", async () => {
  const made = await Promise.all(Array.from({ length: 5 }, () => create("String", { length: 64 })));
  const all = made.map((each) => String(each.outputs.result));
  expect(new Set(all).size).toBe(5);
  for (const characters of [/[a-z]/, /[A-Z]/, /[0-9]/, /[!@#$%&*()\-_=+[\]{}<>:?]/])
    expect(all.join("")).toMatch(characters);
});

test("an id has four faces of the same bytes", async () => {
  const { id, outputs } = await create("Id", { byteLength: 8, prefix: "p-" });
  const bytes = Buffer.from(id, "base64url");
  expect(bytes).toHaveLength(8);
  expect(outputs.hex).toBe(`p-${bytes.toString("hex")}`);
  expect(outputs.b64Std).toBe(`p-${bytes.toString("base64")}`);
  expect(outputs.dec).toBe(`p-${BigInt(`0x${bytes.toString("hex")}`)}`);
});

test("integers stay in their range, both ends included", async () => {
  const values = await Promise.all(Array.from({ length: 60 }, () => create("Integer", { min: 1, max: 2 })));
  expect(new Set(values.map((each) => each.outputs.result))).toEqual(new Set([1, 2]));
});

test("a preview knows the inputs and not the value", async () => {
  const { outputs } = await handler("Password").create("urn", { length: 10 }, true, report);
  expect(outputs).toMatchObject({ length: 10, special: true, result: UNKNOWN, bcryptHash: UNKNOWN });
});

test("a changed keeper replaces; a default that is now written down does not", () => {
  const defaults = { special: true };
  expect(changes({ keepers: { a: "1" } }, { keepers: { a: "2" } }, defaults)).toEqual({ keepers: "update-replace" });
  expect(changes({ length: 8 }, { length: 8, special: true }, defaults)).toEqual({});
  expect(changes({ length: 8 }, { length: 8, special: false }, defaults)).toEqual({ special: "update-replace" });
});

test.each([
  ["Password", { length: 3, minLower: 2, minUpper: 2 }, "length"],
  ["String", { length: 3, lower: false, upper: false, numeric: false, special: false }, "length"],
  ["Id", { byteLength: 0 }, "byteLength"],
  ["Integer", { min: 3, max: 2 }, "min"],
])("%s refuses %j", (name, inputs, property) => {
  expect(handler(name).check("urn", inputs)).toEqual([expect.objectContaining({ property })]);
});
