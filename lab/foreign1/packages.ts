/** What foreign1 runs, and what tests use there: swaks sends whatever mail one likes. */
export const FOREIGN_PACKAGES = [
  "postfix",
  "dovecot-imapd",
  "dovecot-lmtpd",
  "rspamd",
  "swaks",
  "libnet-ssleay-perl",
  "bind9-dnsutils",
  "curl",
  "openssl",
  "python3",
  "nginx",
];
