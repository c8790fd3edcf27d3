/**
 * How keys are made.
 *
 * - DKIM: RSA (RFC 6376, 2048 bits as of RFC 8301) or Ed25519 (RFC 8463).
 * - TLS: ECDSA P-256 for a host's certificates (the TLSA record 3 1 1, RFC 7671, follows from it), or Ed25519 for a
 *   certificate that only our own programs verify.
 */
import { createHash, generateKeyPairSync, type KeyObject } from "node:crypto";

function pem(key: KeyObject): string {
  return key.export({ type: "pkcs8", format: "pem" }).toString();
}

function spki(key: KeyObject): Buffer {
  return key.export({ type: "spki", format: "der" });
}

/** A DKIM key pair: `publicKey` is the value of the tag `p=`. */
export function dkimKey(algorithm: string): { privateKeyPem: string; publicKey: string } {
  if (algorithm === "ed25519") {
    const pair = generateKeyPairSync("ed25519");
    // RFC 8463 section 4: the bare 32 bytes of the key, without the ASN.1 around them.
    return { privateKeyPem: pem(pair.privateKey), publicKey: spki(pair.publicKey).subarray(-32).toString("base64") };
  }
  const pair = generateKeyPairSync("rsa", { modulusLength: 2048 });
  return { privateKeyPem: pem(pair.privateKey), publicKey: spki(pair.publicKey).toString("base64") };
}

/** The data of a TLSA record 3 1 1 for a public key: SHA-256 of its SubjectPublicKeyInfo, RFC 6698 section 2.1. */
export function tlsPin(publicKey: KeyObject): string {
  return createHash("sha256").update(spki(publicKey)).digest("hex");
}

/** A key for certificates: `spkiSha256` is the data of a TLSA record 3 1 1. */
export function tlsKey(algorithm = "p256"): { privateKeyPem: string; spkiSha256: string } {
  const pair =
    algorithm === "ed25519" ? generateKeyPairSync("ed25519") : generateKeyPairSync("ec", { namedCurve: "P-256" });
  return { privateKeyPem: pem(pair.privateKey), spkiSha256: tlsPin(pair.publicKey) };
}
