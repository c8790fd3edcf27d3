/**
 * Keys made once and kept in the state, so that a rebuilt site keeps its identity.
 *
 * - `postfleet:dkim:Key`: RSA (RFC 6376, 2048 bits as of RFC 8301) or Ed25519 (RFC 8463).
 * - `postfleet:tls:Key`: ECDSA P-256 for a host's certificates (the TLSA record 3 1 1, RFC 7671, follows from it), or Ed25519
 *   for a certificate that only our own programs verify.
 *
 * The private part is a secret. A key is never replaced unless its algorithm is changed.
 */
import { createHash, generateKeyPairSync, type KeyObject } from "node:crypto";
import type { Changes, CheckFailure, ResourceHandler, ResourceState } from "../handler";
import { UNKNOWN, type ValueMap } from "../values";

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

/** A key for certificates: `spkiSha256` is the data of a TLSA record 3 1 1. */
export function tlsKey(algorithm = "p256"): { privateKeyPem: string; spkiSha256: string } {
  const pair =
    algorithm === "ed25519" ? generateKeyPairSync("ed25519") : generateKeyPairSync("ec", { namedCurve: "P-256" });
  return {
    privateKeyPem: pem(pair.privateKey),
    spkiSha256: createHash("sha256").update(spki(pair.publicKey)).digest("hex"),
  };
}

/** What both kinds share: made at creation, nothing to read, replaced when `replacing` inputs change. */
function generated(
  check: (news: ValueMap) => CheckFailure[],
  make: (news: ValueMap) => ValueMap,
  outputs: readonly string[],
  replacing: readonly string[],
): ResourceHandler {
  return {
    refreshBeforeUpdate: false,
    secretOutputs: ["privateKeyPem"],
    check: (_urn, news) => check(news),
    diff: (state: ResourceState, news: ValueMap): Changes =>
      Object.fromEntries(
        [...new Set([...Object.keys(state.inputs), ...Object.keys(news)])]
          .filter((name) => state.inputs[name] !== news[name])
          .map((name) => [name, replacing.includes(name) ? "update-replace" : "update"]),
      ),
    create: async (urn, news, preview) =>
      preview
        ? { id: "", outputs: { ...news, ...Object.fromEntries(outputs.map((name) => [name, UNKNOWN])) } }
        : { id: urn.split("::").pop() ?? "key", outputs: { ...news, ...make(news) } },
    read: async (state) => state,
    update: async (state, news) => ({ ...state.outputs, ...news }),
    delete: async () => {},
  };
}

/** Refuses an algorithm that is not among those allowed. */
const oneOf =
  (...allowed: string[]) =>
  (news: ValueMap): CheckFailure[] =>
    allowed.includes(String(news.algorithm))
      ? []
      : [
          {
            property: "algorithm",
            reason: `is ${JSON.stringify(news.algorithm)}; allowed are ${allowed.map((name) => `"${name}"`).join(" and ")}`,
          },
        ];

export const dkimKeyHandler: ResourceHandler = generated(
  oneOf("rsa", "ed25519"),
  (news) => dkimKey(String(news.algorithm)),
  ["privateKeyPem", "publicKey"],
  ["algorithm"],
);

export const tlsKeyHandler: ResourceHandler = generated(
  oneOf("p256", "ed25519"),
  (news) => tlsKey(String(news.algorithm)),
  ["privateKeyPem", "spkiSha256"],
  ["algorithm"],
);
