/**
 * Debian packages by role, so that the base role of a host installs all of them in one run of apt: one run a role would
 * read dpkg's database and run its triggers a dozen times. A test holds this table against the roles' manifests.
 */
import type { HostSpec, RoleName, SiteSpec } from "../site";

const POSTFIX = ["postfix"];

const PACKAGES: Record<RoleName, readonly string[]> = {
  mx: POSTFIX,
  submission: POSTFIX,
  relay: POSTFIX,
  filter: ["rspamd", "valkey-server"],
  mailstore: [
    "dovecot-core",
    "dovecot-imapd",
    "dovecot-lmtpd",
    "dovecot-managesieved",
    "dovecot-sieve",
    "dovecot-flatcurve",
    "curl",
  ],
  webmail: [
    "nginx-light",
    "php8.4-fpm",
    "php8.4-sqlite3",
    "php8.4-intl",
    "php8.4-mbstring",
    "php8.4-xml",
    "php8.4-zip",
    "roundcube-core",
    "roundcube-sqlite3",
    "roundcube-plugins",
  ],
  nameserver: ["bind9-dnsutils", "pdns-backend-bind", "pdns-server"],
  backup: ["restic", "restic-rest-server"],
};

/** Packages that the roles of a host will want. Options may want more; those are then installed by their role. */
export function packagesOf(site: SiteSpec, host: HostSpec): string[] {
  const certificates = host.roles.some((role) => !["nameserver", "backup"].includes(role));
  const all = [
    ...host.roles.flatMap((role) => PACKAGES[role]),
    ...(certificates ? ["nginx-light", "openssl", ...(site.certificates.acme ? ["lego"] : [])] : []),
    ...(site.backups && !host.roles.includes("backup") ? ["restic"] : []),
  ];
  return [...new Set(all)].sort();
}
