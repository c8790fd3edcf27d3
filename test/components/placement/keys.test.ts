/** A damaged state of the keys is an error, and never mail without a signature. Which files there are: site/keys.test.ts. */
import { heldBy, privateKeyOf } from "../../../components/placement/keys";

const ring = { name: "example.org", algorithm: "rsa" } as const;

test("hosts hold the key at work and those before it", () => {
  expect(heldBy(ring, "r2", ["r1", "r2"])).toEqual(["r1", "r2"]);
  expect(privateKeyOf(ring, { r1: "one", r2: "two" }, "r1")).toBe("one");
});

test.each([
  [
    "nobody knows what hosts hold",
    () => heldBy(ring, "r1", undefined),
    /keys of example\.org .* r1 signs, and hosts hold none/,
  ],
  ["nobody holds the key at work", () => heldBy(ring, "r2", ["r1"]), /r2 signs, and hosts hold r1/],
  ["a private key is missing", () => privateKeyOf(ring, { r2: "two" }, "r1"), /the private key r1 is missing/],
])("%s", (_what, act, message) => {
  expect(act).toThrow(message);
  expect(act).toThrow(/hint: /);
  expect(act).not.toThrow(/two/);
});
