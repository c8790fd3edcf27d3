/** A damaged state of the keys is an error that names the key, and shows none. Which files there are: site/keys.test.ts. */
import { privateKeyOf } from "../../components/vault";

const pem = (all: Record<string, string>) => privateKeyOf("dkim-example.org-rsa", all, "r1");

test("a ring's private keys are found by their selectors", () => {
  expect(pem({ r1: "one", r2: "two" })).toBe("one");
});

test("a private key that is missing", () => {
  const act = () => pem({ r2: "two" });
  expect(act).toThrow(/dkim-example\.org-rsa .* the private key r1 is missing/);
  expect(act).toThrow(/hint: /);
  expect(act).not.toThrow(/two/);
});
