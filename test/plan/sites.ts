/** Site files for plans: the examples of the repository, and one with every role on a host of its own. */

import { generateKeyPairSync } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { loadSite, type Plan, plan } from "../../plan";
import { selfSigned } from "../../roles/backup/certificate";
import type { SiteSpec } from "../../site";
import { folderWith, hostKeyLine } from "../site/fixture";

const KEY = hostKeyLine();
const CA = selfSigned(generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" }).toString(), [
  "ca.example",
]);

/** The site of a text; all hosts have a pinned key, and the files it names are there. */
export function siteOf(yaml: string): SiteSpec {
  const hosts = [...yaml.matchAll(/\baddress: ([0-9.]+)/g)].map(([, address]) => `${address} ${KEY}\n`);
  return loadSite(
    folderWith({ "site.yaml": yaml, "lab.known_hosts": hosts.join(""), "lab.ca.pem": CA, "ovh-lab.ca.pem": CA }),
  );
}

export const planOf = (yaml: string): Plan => plan(siteOf(yaml));

/** A site file of stacks/. */
export const stack = (name: string): string =>
  readFileSync(join(__dirname, "..", "..", "stacks", `${name}.yaml`), "utf8");

/** Every role on a host of its own, two MX, two targets of backups, one host that is lost. */
export const SPREAD = `site: spread
ssh: { knownHosts: lab.known_hosts }
hosts:
  mx1: { address: 192.0.2.1, address6: 2001:db8::1, location: lille, roles: [mx] }
  mx2: { address: 192.0.2.2, location: orsay, roles: [mx] }
  out1: { address: 192.0.2.3, location: lille, roles: [submission, nameserver] }
  relay1: { address: 192.0.2.4, location: lille, roles: [relay] }
  store1: { address: 192.0.2.5, address6: 2001:db8::5, location: lille, roles: [mailstore] }
  web1: { address: 192.0.2.6, location: orsay, roles: [webmail] }
  back1: { address: 192.0.2.7, location: orsay, roles: [backup] }
  back2: { address: 192.0.2.8, location: lille, roles: [backup] }
  old1: { address: 192.0.2.9, location: lille, roles: [mailstore], lost: true }
domains: { example.org: {}, example.net: { catchAll: alice@example.org } }
accounts:
  mailboxes: { alice@example.org: { name: Alice } }
  aliases: { postmaster@example.org: [alice@example.org] }
dns: { provider: powerdns }
certificates: { acme: {} }
backups: {}
`;
