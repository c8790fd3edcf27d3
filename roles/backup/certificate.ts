/**
 * A self-signed certificate as a pure function of an Ed25519 key: Ed25519 signatures are deterministic, so the same key
 * gives the same certificate in every preview, and clients can pin it before the server exists. X.509, RFC 5280; RFC 8410.
 */
import { createHash, createPrivateKey, createPublicKey, sign } from "node:crypto";
import { isIP } from "node:net";

const der = (tag: number, ...parts: Buffer[]): Buffer => {
  const body = Buffer.concat(parts);
  const size = body.length;
  const length = size < 128 ? [size] : size < 256 ? [0x81, size] : [0x82, size >> 8, size & 255];
  return Buffer.concat([Buffer.from([tag, ...length]), body]);
};
const sequence = (...parts: Buffer[]) => der(0x30, ...parts);
const oid = (hex: string) => der(0x06, Buffer.from(hex, "hex"));
const time = (text: string) => der(0x18, Buffer.from(text, "ascii"));

const ED25519 = sequence(oid("2b6570"));
const COMMON_NAME = "550403";
const SUBJECT_ALT_NAME = "551d11";

/** An IPv6 address as 16 bytes. */
function ipv6(address: string): Buffer {
  const [head = "", tail] = address.split("::");
  const words = (text: string) => (text === "" ? [] : text.split(":").map((word) => Number.parseInt(word, 16)));
  const left = words(head);
  const right = tail === undefined ? [] : words(tail);
  const zeros = new Array<number>(8 - left.length - right.length).fill(0);
  return Buffer.from([...left, ...zeros, ...right].flatMap((word) => [word >> 8, word & 255]));
}

/** A GeneralName: iPAddress or dNSName. */
function generalName(name: string): Buffer {
  if (isIP(name) === 4) return der(0x87, Buffer.from(name.split(".").map(Number)));
  if (isIP(name) === 6) return der(0x87, ipv6(name));
  return der(0x82, Buffer.from(name, "ascii"));
}

/**
 * The certificate (PEM) for `names`, names or addresses; the first is its subject. It never ends (RFC 5280 §4.1.2.5):
 * it is pinned, and changes with its key.
 */
export function selfSigned(keyPem: string, names: string[]): string {
  const key = createPrivateKey(keyPem);
  if (key.asymmetricKeyType !== "ed25519")
    throw new Error(
      `certificate for ${names[0]}: an Ed25519 key was expected, ${key.asymmetricKeyType} was given. Hint: the signatures of other keys change from run to run`,
    );
  const spki = createPublicKey(key).export({ type: "spki", format: "der" });
  const subject = sequence(der(0x31, sequence(oid(COMMON_NAME), der(0x0c, Buffer.from(names[0] ?? "", "utf8")))));
  // Positive, and different for different keys and names.
  const serial = createHash("sha256").update(spki).update(names.join()).digest().subarray(0, 16);
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40;
  const altNames = sequence(oid(SUBJECT_ALT_NAME), der(0x04, sequence(...names.map(generalName))));
  const body = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, serial),
    ED25519,
    subject,
    sequence(time("20250101000000Z"), time("99991231235959Z")),
    subject,
    spki,
    der(0xa3, sequence(altNames)),
  );
  const certificate = sequence(body, ED25519, der(0x03, Buffer.from([0]), sign(null, body, key)));
  const lines = certificate.toString("base64").match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`;
}
