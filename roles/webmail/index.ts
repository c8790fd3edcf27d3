/**
 * Role `webmail`: Roundcube behind nginx, and the web pages that mail clients and servers look for: autoconfig,
 * autodiscover, MTA-STS (RFC 8461).
 *
 * Stateless but for one SQLite file with address books and settings; mail stays on the mailstore.
 */
import { hostsWith, mailDomainsOf } from "../../site";
import { defineRole, fromFacts } from "../derived";
import { secretFile } from "../secrets";
import { clientNames, WEBMAIL_LABELS } from "../shared/names";
import { certificatePaths } from "../shared/paths";
import { srv, txt } from "../shared/records";
import { DATA_DIRECTORY, DATABASE, SECRET_FILE, USER, type WebmailArgs } from "./args";
import { webmailParts } from "./manifest";
import { mtaStsId, mtaStsPolicy } from "./mta-sts";
import { sessionKeyFile } from "./roundcube";

export type { WebmailArgs } from "./args";

export const webmail = defineRole<WebmailArgs, never, { sessionKey: "one" }>({
  name: "webmail",
  component: "Webmail",
  summary: "webmail, set-up of mail clients (autoconfig, autodiscover), MTA-STS policy",
  software: "Roundcube, nginx, PHP",
  needs: [
    { role: "certificates", why: "browsers want TLS", optional: true },
    { role: "submission", why: "it sends through it" },
    { role: "mailstore", why: "it reads mail from it" },
  ],
  hosts: { several: false, twins: "alike" },
  names: (site) => [
    ...(site.domains.length > 0 ? [{ name: site.webmail.name, role: "webmail" as const }] : []),
    ...mailDomainsOf(site).flatMap(({ name: domain }) =>
      WEBMAIL_LABELS.map((label) => ({ name: `${label}.${domain}`, role: "webmail" as const, domain })),
    ),
  ],
  tlsUnit: "nginx.service",
  uses: {
    imap: { roles: ["mailstore"], port: { mailstore: 993 }, choice: "by name" },
    smtp: { roles: ["submission"], port: { submission: 465 }, choice: "by name" },
  },
  records: ({ site }) => {
    if (hostsWith(site, "webmail").length === 0) return [];
    const policy = txt(`v=STSv1; id=${mtaStsId(site)}`);
    return mailDomainsOf(site).flatMap(({ name }) => [
      {
        name: `_mta-sts.${name}`,
        type: "TXT" as const,
        values: [policy],
        why: "senders must use TLS to us",
        rfc: "RFC 8461",
        level: "recommended" as const,
      },
      srv("autodiscover", name, `0 1 443 autodiscover.${name}.`, "RFC 2782", "Outlook finds its settings"),
    ]);
  },
  // php-fpm by name, in the same run: it satisfies Roundcube's need of a PHP, which Apache would otherwise.
  packages: () => [
    ...["nginx-light", "php8.4-fpm", "php8.4-sqlite3", "php8.4-intl", "php8.4-mbstring", "php8.4-xml", "php8.4-zip"],
    ...["roundcube-core", "roundcube-sqlite3", "roundcube-plugins", "ca-certificates", "curl"],
  ],
  listens: () => [{ port: 443, to: "world" }],
  data: [
    {
      path: DATA_DIRECTORY,
      what: "address books, identities, settings",
      backup: true,
      precious: true,
      loss: "contacts and settings of the webmail that changed since the last backup",
    },
  ],
  secrets: {
    shape: { sessionKey: "one" },
    refs: fromFacts([], ({ host }) => ({
      sessionKey: { kind: "password", id: `webmail-${host.name}-session-key`, length: 32, of: "instance" },
    })),
    files: ({ sessionKey }) => ({ [SECRET_FILE]: secretFile([sessionKey], USER, sessionKeyFile) }),
  },
  watch: [{ what: "size of the database in bytes", argv: ["stat", "-c", "%s", DATABASE], normal: { least: 1 } }],
  update: { by: "reload", notice: "nothing: sessions go on", twins: "in turn" },
  args: ({ site, host }) => {
    const names = clientNames(site);
    return {
      name: names.webmail,
      certificate: host.hostname,
      domains: mailDomainsOf(site).map(({ name }) => name),
      productName: site.webmail.productName,
      imapHost: names.imap,
      submissionHost: names.smtp,
      pop3: site.mailstore.pop3,
      messageSizeLimit: site.mx.messageSizeLimit,
      mtaStsPolicy: mtaStsPolicy(site),
      // Without a CA there is only our own signature to trust.
      ...(site.certificates.acme ? {} : { caFile: certificatePaths(host.hostname).chain }),
    };
  },
  manifest: webmailParts,
});
