import { execFileSync } from "node:child_process";
import { createPublicKey, generateKeyPairSync, sign, verify } from "node:crypto";
import { dkimKey, tlsKey } from "../../../provider/keys/keys";
import { keyFile } from "../../support/folder";

test("an RSA key for DKIM has 2048 bits, and its p= is the public half", () => {
  const { privateKeyPem, publicKey } = dkimKey("rsa");
  const key = createPublicKey({ key: Buffer.from(publicKey, "base64"), format: "der", type: "spki" });
  expect(key.asymmetricKeyDetails?.modulusLength).toBe(2048);
  expect(verify("sha256", Buffer.from("mail"), key, sign("sha256", Buffer.from("mail"), privateKeyPem))).toBe(true);
});

test("an Ed25519 key's p= is 32 bare bytes (RFC 8463) that verify its signatures", () => {
  const { privateKeyPem, publicKey } = dkimKey("ed25519");
  const raw = Buffer.from(publicKey, "base64");
  expect(raw).toHaveLength(32);
  const key = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x: raw.toString("base64url") }, format: "jwk" });
  expect(verify(null, Buffer.from("mail"), key, sign(null, Buffer.from("mail"), privateKeyPem))).toBe(true);
  const other = generateKeyPairSync("ed25519").privateKey;
  expect(verify(null, Buffer.from("mail"), key, sign(null, Buffer.from("mail"), other))).toBe(false);
});

test("a TLS key's hash is what openssl computes for TLSA 3 1 1", () => {
  const { privateKeyPem, spkiSha256 } = tlsKey();
  const der = execFileSync("openssl", ["pkey", "-in", keyFile(privateKeyPem), "-pubout", "-outform", "DER"]);
  expect(execFileSync("openssl", ["dgst", "-sha256", "-r"], { input: der }).toString()).toContain(spkiSha256);
});
