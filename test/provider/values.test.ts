import { equal, fromStruct, hasUnknown, resecret, reveal, secret, toStruct, UNKNOWN } from "../../provider/values";

test("a secret is taken off and put back at the same place, through the engine's form and back", () => {
  const inputs = { secretFiles: { "/etc/key": { content: secret("hush"), mode: "0600" } }, role: "mx" };
  const wire = fromStruct(toStruct(inputs));
  const plain = reveal(wire);
  expect(plain).toEqual({ secretFiles: { "/etc/key": { content: "hush", mode: "0600" } }, role: "mx" });
  expect(resecret(plain, wire)).toEqual(inputs);
});

test("what was secret stays secret when its value changed", () => {
  expect(resecret({ password: "new" }, { password: secret("old") })).toEqual({ password: secret("new") });
});

test("a secret around a whole map is kept around it", () => {
  expect(resecret({ env: { a: "1" } }, { env: secret({ a: "0" }) })).toEqual({ env: secret({ a: "1" }) });
});

test("an unknown is found however deep", () => {
  expect(hasUnknown({ a: [{ b: UNKNOWN }] })).toBe(true);
  expect(hasUnknown({ a: [{ b: "known" }] })).toBe(false);
});

test("equality does not mind the order of keys, but that of lists", () => {
  expect(equal({ a: 1, b: [1, 2] }, { b: [1, 2], a: 1 })).toBe(true);
  expect(equal({ b: [1, 2] }, { b: [2, 1] })).toBe(false);
  expect(equal({ a: 1 }, { a: 1, b: null })).toBe(false);
});
