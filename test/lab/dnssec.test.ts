import { createHash, createPrivateKey, createPublicKey } from "node:crypto";
import { dnskey, ds, keyTag, newZoneKey } from "../../lab/net1/dnssec";

/** RFC 6605 section 6.1: a P-256 key of example.net with its DNSKEY, key tag and DS. */
const RFC6605 = {
  zone: "example.net.",
  d: "GU6SnQ/Ou+xC5RumuIUIuJZteXT2z0O/ok1s38Et6mQ=",
  dnskey: "257 3 13 GojIhhXUN/u4v54ZQqGSnyhWJwaubCvTmeexv7bR6edbkrSqQpF64cYbcB7wNcP+e+MAnLr+Wi9xMWyQLc8NAA==",
  tag: 55648,
  ds: "55648 13 2 b4c8c1fe2e7477127b27115656ad6256f424625bf5c1e2770ce6d6e37df61d17",
};

function rfcKey(): string {
  const point = Buffer.from(RFC6605.dnskey.split(" ")[3] ?? "", "base64");
  const jwk = {
    kty: "EC",
    crv: "P-256",
    d: Buffer.from(RFC6605.d, "base64").toString("base64url"),
    x: point.subarray(0, 32).toString("base64url"),
    y: point.subarray(32).toString("base64url"),
  };
  return createPrivateKey({ key: jwk, format: "jwk" }).export({ type: "pkcs8", format: "pem" }).toString();
}

test("the example of RFC 6605 section 6.1", () => {
  const key = rfcKey();
  expect(dnskey(key)).toBe(RFC6605.dnskey);
  expect(keyTag(key)).toBe(RFC6605.tag);
  expect(ds(RFC6605.zone, key)).toBe(RFC6605.ds);
});

test("the name of a zone counts without its case, and the root has a name too", () => {
  const key = rfcKey();
  expect(ds("EXAMPLE.net", key)).toBe(RFC6605.ds);
  expect(ds(".", key)).not.toBe(RFC6605.ds);
  const rdata = Buffer.concat([Buffer.from([1, 1, 3, 13]), Buffer.from(dnskey(key).split(" ")[3] ?? "", "base64")]);
  const hash = createHash("sha256")
    .update(Buffer.from([0]))
    .update(rdata)
    .digest("hex");
  expect(ds(".", key).split(" ")[3]).toBe(hash);
});

test("a new key is a P-256 key, and never the same", () => {
  const [one, two] = [newZoneKey(), newZoneKey()];
  expect(createPublicKey(one).asymmetricKeyDetails?.namedCurve).toBe("prime256v1");
  expect(dnskey(one)).not.toBe(dnskey(two));
});
