/** All files of a site as its hosts would get them, with keys and facts that were made up. */
import { generateKeyPairSync } from "node:crypto";
import { planned } from "../../plan";
import { fill } from "../../plan/dns/fill";
import { wireguardKey } from "../../provider/keys/wireguard-key";
import type { Manifest } from "../../provider/manifest";
import { selfSigned } from "../../roles/backup/certificate";
import type { Facts } from "../../roles/define";
import { passwdFile } from "../../roles/mailstore/passwd-file";
import type { SecretRef } from "../../roles/secrets";
import { ACME_ACCOUNT, type KeyFacts } from "../../roles/shared/records";
import type { SiteSpec } from "../../site";

/** A role on a host: its manifest, and its files with those of its secrets. */
export interface Rendered {
  id: string;
  manifest: Manifest;
  files: Record<string, string>;
}

const pem = (type: "ed25519" | "ec") =>
  (type === "ec" ? generateKeyPairSync("ec", { namedCurve: "P-256" }) : generateKeyPairSync("ed25519")).privateKey
    .export({ type: "pkcs8", format: "pem" })
    .toString();
const KEYS = { ec: pem("ec"), ed25519: pem("ed25519") };
const linkKeys = new Map<string, ReturnType<typeof wireguardKey>>();
const linkKey = (host: string) => {
  const key = linkKeys.get(host) ?? wireguardKey();
  linkKeys.set(host, key);
  return key;
};
const HASH = `{BLF-CRYPT}$2y$05$${"a".repeat(53)}`;

/** What a secret says. */
function secret(ref: SecretRef, site: SiteSpec): string {
  switch (ref.kind) {
    case "password":
      return "p".repeat(ref.length);
    case "accounts":
      return passwdFile(
        site.accounts.mailboxes.map(({ address, quota, passwordHash = HASH }) => ({ address, quota, passwordHash })),
      );
    case "key":
      return ref.algorithm === "p256" ? KEYS.ec : KEYS.ed25519;
    case "ring":
      return ref.id.endsWith("ed25519") ? KEYS.ed25519 : KEYS.ec;
    case "smarthost":
      return "user:password";
    case "link":
      return linkKey(ref.host).privateKey;
    case "acmeAccount":
      return KEYS.ec;
  }
}

/** Every role on every host, and the record sets. */
export function rendered(site: SiteSpec, accountUri = "https://ca.example/acct/7") {
  const { plan, deployments } = planned(site);
  const keys: KeyFacts = Object.fromEntries(
    plan.rings.map(({ id }) => [id, [{ selector: "k1", publicKey: "ab".repeat(32) }]]),
  );
  const records = fill(plan.records, { ...keys, [ACME_ACCOUNT]: [{ accountUri }] });
  const facts: Facts = {
    records,
    signing: Object.fromEntries(plan.signers.map(({ ring }) => [ring, { active: "k1", held: ["k1"] }])),
    acmeAccountUri: site.certificates.acme && accountUri,
    acmeCa: undefined,
    linkKeys: Object.fromEntries(site.hosts.map(({ name }) => [name, linkKey(name).publicKey])),
    targetCertificates: Object.fromEntries(
      site.hosts.map(({ name, hostname }) => [name, selfSigned(KEYS.ed25519, [hostname])]),
    ),
  };
  const roles = deployments.map(({ instance, role, args, context }): Rendered => {
    const manifest = role.manifest({ ...args, ...role.late?.make(context, facts) });
    const secrets = role.secrets?.files(role.secrets.refs.make(context, facts), args) ?? {};
    return {
      id: instance.id,
      manifest,
      files: Object.fromEntries([
        ...Object.entries(manifest.files).map(([path, { content }]) => [path, content]),
        ...Object.entries(secrets).map(([path, { of, content }]) => [
          path,
          content(...of.map((ref) => secret(ref, site))),
        ]),
      ]),
    };
  });
  return { plan, records, roles };
}
