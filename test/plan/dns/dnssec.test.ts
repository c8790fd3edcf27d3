import { createPublicKey } from "node:crypto";
import { dsRecord } from "../../../plan/dns/dnssec";

// RFC 6605 §6.1: the key of example.net, and the DS record that belongs to it.
const KEY = "GojIhhXUN/u4v54ZQqGSnyhWJwaubCvTmeexv7bR6edbkrSqQpF64cYbcB7wNcP+e+MAnLr+Wi9xMWyQLc8NAA==";
const DS = "55648 13 2 B4C8C1FE2E7477127B27115656AD6256F424625BF5C1E2770CE6D6E37DF61D17";

test("DS of a zone's key, by the example of RFC 6605", () => {
  const point = Buffer.from(KEY, "base64");
  const jwk = {
    kty: "EC",
    crv: "P-256",
    x: point.subarray(0, 32).toString("base64url"),
    y: point.subarray(32).toString("base64url"),
  };
  const pem = createPublicKey({ key: jwk, format: "jwk" }).export({ type: "spki", format: "pem" }).toString();
  expect(dsRecord("example.net", pem)).toBe(DS);
});

test("another kind of key is refused by name", () => {
  const ed =
    "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n-----END PUBLIC KEY-----\n";
  expect(() => dsRecord("example.net", ed)).toThrow(/P-256 key was expected, Ed25519 was given/);
});
