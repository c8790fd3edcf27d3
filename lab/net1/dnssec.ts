/**
 * DNSSEC keys of the lab's zones, RFC 4034: one combined key (CSK) a zone, ECDSA P-256 (algorithm 13, RFC 6605). They are
 * made outside net1, so that every host knows the trust anchor before the DNS root runs.
 */
import { createHash, createPublicKey, generateKeyPairSync } from "node:crypto";

/** A new private key, PKCS #8 in PEM. */
export const newZoneKey = (): string =>
  generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ type: "pkcs8", format: "pem" }).toString();

const FLAGS = 257;
const PROTOCOL = 3;
const ALGORITHM = 13;

/** Bare public key, both coordinates, RFC 6605 section 4. */
function publicKeyBytes(pem: string): Buffer {
  const { x, y } = createPublicKey(pem).export({ format: "jwk" });
  return Buffer.concat([Buffer.from(x ?? "", "base64url"), Buffer.from(y ?? "", "base64url")]);
}

const rdata = (pem: string): Buffer =>
  Buffer.concat([Buffer.from([FLAGS >> 8, FLAGS & 255, PROTOCOL, ALGORITHM]), publicKeyBytes(pem)]);

/** Key tag, RFC 4034 appendix B. */
export function keyTag(pem: string): number {
  let sum = 0;
  rdata(pem).forEach((byte, index) => {
    sum += index % 2 === 0 ? byte << 8 : byte;
  });
  return (sum + (sum >> 16)) & 0xffff;
}

/** Name in wire format, lower case, RFC 1035 section 3.1. */
function wireName(zone: string): Buffer {
  const labels = zone.toLowerCase().split(".").filter(Boolean);
  return Buffer.concat([
    ...labels.flatMap((l) => [Buffer.from([l.length]), Buffer.from(l, "ascii")]),
    Buffer.from([0]),
  ]);
}

/** Data of the DNSKEY record. */
export const dnskey = (pem: string): string =>
  `${FLAGS} ${PROTOCOL} ${ALGORITHM} ${publicKeyBytes(pem).toString("base64")}`;

/** Data of the DS record with SHA-256, RFC 4509. */
export function ds(zone: string, pem: string): string {
  const hash = createHash("sha256").update(wireName(zone)).update(rdata(pem)).digest("hex");
  return `${keyTag(pem)} ${ALGORITHM} 2 ${hash}`;
}
