/** A damaged state of the keys is an error, and never mail without a signature. Which files there are: components/site/keys.test.ts. */
import { privateKeyOf } from "../../../components/vault";
import { heldBy } from "../../../roles/filter/keys";

const ring = { name: "example.org", algorithm: "rsa" } as const;
const pem = (all: Record<string, string>) => privateKeyOf("dkim-example.org-rsa", all, "r1");

test("hosts hold the key at work and those before it", () => {
  expect(heldBy(ring, { active: "r2", held: ["r1", "r2"] })).toEqual(["r1", "r2"]);
  expect(pem({ r1: "one", r2: "two" })).toBe("one");
});

test.each([
  [
    "nobody knows what hosts hold",
    () => heldBy(ring, { active: "r1" }),
    /keys of example\.org .* r1 signs, and hosts hold none/,
  ],
  ["nobody holds the key at work", () => heldBy(ring, { active: "r2", held: ["r1"] }), /r2 signs, and hosts hold r1/],
  ["nothing is known of the ring", () => heldBy(ring, undefined), /no key signs, and hosts hold none/],
  ["a private key is missing", () => pem({ r2: "two" }), /dkim-example\.org-rsa .* the private key r1 is missing/],
])("%s", (_what, act, message) => {
  expect(act).toThrow(message);
  expect(act).toThrow(/hint: /);
  expect(act).not.toThrow(/two/);
});
