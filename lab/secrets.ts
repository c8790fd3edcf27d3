/** What the lab's own services are made with: a CA, certificates, zone keys, DKIM keys, passwords. Made once, kept in the state. */
import { createHash, generateKeyPairSync, randomBytes, X509Certificate } from "node:crypto";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { once, readJson, writeAtomically } from "../system/files";
import { run } from "../system/run";
import { POLICY_HOSTS } from "./foreign1/names";
import { newZoneKey } from "./net1/dnssec";
import { ZONE_NAMES } from "./net1/zones";
import { ACME_NAME, FOREIGN_DOMAIN, FOREIGN_USERS } from "./plan";
import { statePath } from "./state";

/** A certificate and its private key, PEM. */
export interface KeyPair {
  certificate: string;
  key: string;
}

export interface LabSecrets {
  /** Certificate of the lab's CA, PEM. */
  ca: string;
  /** For pebble's directory. */
  acme: KeyPair;
  /** For the foreign provider's MX, submission, IMAP and MTA-STS policy. */
  mx: KeyPair;
  /** For the hosts of the MTA-STS policies of its further domains. */
  policies: KeyPair;
  /** Private keys of the zones, PEM, by absolute name. */
  zoneKeys: Record<string, string>;
  /** The foreign provider's DKIM key, RSA, PKCS #8 in PEM. */
  dkim: string;
  /** Passwords of the foreign provider's users by address. */
  passwords: Record<string, string>;
}

const pki = (name: string): string => statePath("pki", name);

async function ensureCa(): Promise<string> {
  if (!existsSync(pki("ca.pem"))) {
    mkdirSync(pki(""), { recursive: true, mode: 0o700 });
    await run([
      ..."openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650".split(" "),
      ...["-subj", "/CN=Postfleet lab CA", "-addext", "keyUsage=critical,keyCertSign,cRLSign"],
      ...["-keyout", pki("ca.key"), "-out", pki("ca.pem")],
    ]);
  }
  return readFileSync(pki("ca.pem"), "utf8");
}

/** A certificate by the lab's CA for these names. */
async function ensureCertificate(names: readonly string[]): Promise<KeyPair> {
  const [first = ""] = names;
  const [certificate, key] = [pki(`${first}.pem`), pki(`${first}.key`)];
  if (!existsSync(certificate)) {
    await run([
      ..."openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650".split(" "),
      ...["-CA", pki("ca.pem"), "-CAkey", pki("ca.key"), "-subj", `/CN=${first}`],
      ...["-addext", `subjectAltName=${names.map((name) => `DNS:${name}`).join(",")}`],
      ...["-addext", "basicConstraints=critical,CA:FALSE", "-addext", "extendedKeyUsage=serverAuth"],
      ...["-keyout", key, "-out", certificate],
    ]);
  }
  return { certificate: readFileSync(certificate, "utf8"), key: readFileSync(key, "utf8") };
}

/** All secrets of this lab. */
export async function ensureSecrets(): Promise<LabSecrets> {
  const ca = await ensureCa();
  const zoneKeys: Record<string, string> = {};
  for (const zone of ZONE_NAMES) zoneKeys[zone] = await once(pki(`zone-${zone}pem`), 0o600, newZoneKey);
  const dkim = await once(pki("dkim.pem"), 0o600, () =>
    generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  );
  return {
    ca,
    acme: await ensureCertificate([ACME_NAME, "net1.lab.example"]),
    mx: await ensureCertificate(["mx", "foreign1", "mta-sts"].map((name) => `${name}.${FOREIGN_DOMAIN}`)),
    policies: await ensureCertificate(POLICY_HOSTS),
    zoneKeys,
    dkim,
    passwords: ensurePasswords(),
  };
}

function ensurePasswords(): Record<string, string> {
  const path = statePath("passwords.json");
  const present = readJson<Record<string, string>>(path);
  if (present) return present;
  const made = Object.fromEntries(
    FOREIGN_USERS.map((user) => [`${user}@${FOREIGN_DOMAIN}`, randomBytes(12).toString("base64url")]),
  );
  writeAtomically(path, `${JSON.stringify(made, null, 2)}\n`, 0o600);
  return made;
}

/** SHA-256 of a certificate's public key, hex: TLSA 3 1 1, RFC 6698. */
export const publicKeyHash = (certificate: string): string =>
  createHash("sha256")
    .update(new X509Certificate(certificate).publicKey.export({ type: "spki", format: "der" }))
    .digest("hex");
