/**
 * Debian packages by role, so that the base role of a host installs all of them in one run of apt: one run a role would
 * read dpkg's database and run its triggers a dozen times. A test holds this table against the roles' manifests.
 */
import type { HostSpec, SiteSpec } from "../site";
import { rolesOf } from "./roles";
import type { PlatformRole } from "./rollout";

const POSTFIX = ["ca-certificates", "postfix"];
/** Policies of other domains; a smarthost looks after them itself. */
const MTA_STS = ["postfix-mta-sts-resolver", "python3-dnspython"];

/** What a role wants with the site file's defaults. Options may want more; that is then installed by the role itself. */
export const PACKAGES: Record<Exclude<PlatformRole, "host">, readonly string[]> = {
  mx: POSTFIX,
  submission: POSTFIX,
  relay: [...POSTFIX, ...MTA_STS],
  certificates: ["lego", "nginx-light", "openssl"],
  filter: ["rspamd", "valkey-server"],
  mailstore: [
    "curl",
    "dovecot-core",
    "dovecot-flatcurve",
    "dovecot-imapd",
    "dovecot-lmtpd",
    "dovecot-managesieved",
    "dovecot-sieve",
  ],
  webmail: [
    "ca-certificates",
    "curl",
    "nginx-light",
    "php8.4-fpm",
    "php8.4-intl",
    "php8.4-mbstring",
    "php8.4-sqlite3",
    "php8.4-xml",
    "php8.4-zip",
    "roundcube-core",
    "roundcube-plugins",
    "roundcube-sqlite3",
  ],
  nameserver: ["bind9-dnsutils", "pdns-backend-bind", "pdns-server"],
  backup: ["restic", "restic-rest-server"],
  "backup-client": ["restic"],
};

/** Packages that the roles of a host will want, sorted. */
export function packagesOf(site: SiteSpec, host: HostSpec): string[] {
  const all = rolesOf(site, host).flatMap((role) => (role === "host" ? [] : PACKAGES[role]));
  const unwanted = [
    ...(site.certificates.acme ? [] : ["lego"]),
    ...(site.relay.smarthost === undefined ? [] : MTA_STS),
  ];
  return [...new Set(all)].filter((name) => !unwanted.includes(name)).sort();
}
