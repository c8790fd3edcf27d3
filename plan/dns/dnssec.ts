/** The DS record of a zone from its public key alone, so that it is known before the name server exists, RFC 4034 §5. */
import { createHash, createPublicKey } from "node:crypto";

/** ECDSA P-256 with SHA-256, RFC 6605. */
const ALGORITHM = 13;
/** A secure entry point that signs the whole zone (combined signing key). */
const FLAGS = 257;

/** RDATA of the DNSKEY record of a P-256 key. */
function dnskey(publicKeyPem: string): Buffer {
  const jwk = createPublicKey(publicKeyPem).export({ format: "jwk" });
  if (jwk.crv !== "P-256" || jwk.x === undefined || jwk.y === undefined)
    throw new Error(
      `DNSSEC key: an ECDSA P-256 key was expected, ${jwk.crv ?? jwk.kty} was given. Hint: "openssl ecparam -name prime256v1 -genkey"`,
    );
  const point = Buffer.concat([Buffer.from(jwk.x, "base64url"), Buffer.from(jwk.y, "base64url")]);
  return Buffer.concat([Buffer.from([FLAGS >> 8, FLAGS & 255, 3, ALGORITHM]), point]);
}

/** RFC 4034, appendix B. */
function keyTag(rdata: Buffer): number {
  let sum = 0;
  rdata.forEach((byte, index) => {
    sum += index % 2 === 0 ? byte << 8 : byte;
  });
  return (sum + (sum >> 16)) & 0xffff;
}

/** RDATA of the DS record, digest SHA-256: what the registry of the zone must publish. */
export function dsRecord(zone: string, keyPem: string): string {
  const rdata = dnskey(keyPem);
  const owner = zone
    .toLowerCase()
    .split(".")
    .map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label, "ascii")]));
  const digest = createHash("sha256").update(Buffer.concat([...owner, Buffer.from([0]), rdata]));
  return `${keyTag(rdata)} ${ALGORITHM} 2 ${digest.digest("hex").toUpperCase()}`;
}
