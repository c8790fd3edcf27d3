/** Places and ports that several roles agree upon. A role never imports another; it finds the agreement here. */

/** Certificates: `<TLS>/<hostname>/fullchain.pem` and `privkey.pem`; there from the first minute, self-signed at worst. */
export const TLS_DIRECTORY = "/etc/postfleet/tls";

/** A role that serves TLS puts a file here that names, one a line, the units to reload when certificates were renewed. */
export const RENEW_DIRECTORY = "/etc/postfleet/renew.d";

/** nftables drop-ins, one a role, included by the base ruleset inside `chain input`: lines such as `tcp dport 25 accept`. */
export const NFTABLES_DIRECTORY = "/etc/nftables.d";

/** A role that holds data puts a file here that names, one a line, the paths to back up. */
export const BACKUP_DIRECTORY = "/etc/postfleet/backup.d";

/** Webroot for ACME http-01, served on port 80 by the role `certificates`. */
export const ACME_WEBROOT = "/var/lib/postfleet/acme";

/** Where mail lives: `<MAIL>/<domain>/<local part>/`, owner vmail. */
export const MAIL_DIRECTORY = "/var/vmail";

/** Ports inside the site, closed to everybody else by nftables. */
export const PORTS = {
  /** Relay's SMTP listener for mail from mx and submission. */
  relay: 10025,
  /** Submission's listener for the site's own programs: vacation replies, redirects, notices. */
  siteSubmission: 10587,
  /** LMTP of the mailstore, RFC 2033. */
  lmtp: 24,
  /** Dovecot's auth service for the SASL of submission. */
  sasl: 12345,
  /** The judge of logins, for the mailstore's Dovecot: loopback alone. */
  policy: 12346,
  /** The judge's list of banned addresses. */
  bans: 12347,
  /** Rspamd's milter. */
  milter: 11332,
  /** Rspamd's controller, for training. */
  controller: 11334,
  /** WireGuard of the site link, UDP. */
  link: 51820,
  /** restic's rest-server. */
  restServer: 8000,
} as const;

/** First line of every file that a role writes: who owns it, and where to change it. */
export function owned(role: string, comment = "#"): string {
  return `${comment} Owned by Postfleet, role ${role}: change the site file instead, the next update restores this one.\n`;
}

/** `fullchain.pem` and `privkey.pem` of a name. */
export function certificatePaths(name: string): { chain: string; key: string } {
  return { chain: `${TLS_DIRECTORY}/${name}/fullchain.pem`, key: `${TLS_DIRECTORY}/${name}/privkey.pem` };
}
