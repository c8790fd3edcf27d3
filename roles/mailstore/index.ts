/**
 * Role `mailstore`: Dovecot 2.4, where mail lives and is read.
 *
 * IMAP (RFC 9051) on 993, ManageSieve (RFC 5804) on 4190, POP3 on 995 when asked for, LMTP (RFC 2033) for the relays, an
 * auth service for submission; Sieve with vacation (RFC 5230), quota (RFC 9208), full-text search.
 */
import { addressesOf, hostsWith, mailDomainsOf, postmaster, presentHosts } from "../../site";
import type { Endpoint } from "../define";
import { defineRole, fromFacts } from "../derived";
import { secretFile } from "../secrets";
import { clientAddresses } from "../shared/link";
import { hasLogins, neverBanned } from "../shared/logins";
import { clientNames } from "../shared/names";
import { bracketed } from "../shared/net";
import { MAIL_DIRECTORY, PORTS } from "../shared/paths";
import { srv, tlsa } from "../shared/records";
import { suspendedLogins } from "../shared/suspended";
import {
  type MailstoreArgs,
  METRICS_PORT,
  MOVE_FOLDERS,
  mailstoreSettings,
  USERS_FILE,
  unusualCharacters,
  VMAIL,
} from "./args";
import { JUDGE_STATE } from "./judge";
import { mailstoreParts } from "./manifest";

export type { MailstoreArgs } from "./args";

const text = ({ address, port }: Endpoint): string => `${bracketed(address)}:${port}`;

export const mailstore = defineRole<MailstoreArgs, never, { users: "one" }>({
  name: "mailstore",
  component: "Mailstore",
  summary:
    "IMAP, LMTP, Sieve with vacation, quotas, full-text search; moving mail to and from Junk trains the filter; POP3 on request",
  software: "Dovecot 2.4",
  // It teaches the filter later on, and does not need it to start.
  needs: [
    { role: "certificates", why: "nobody reads mail without TLS", optional: true },
    { role: "link", why: "passwords and mail between hosts are encrypted", optional: true },
  ],
  hosts: { several: false, twins: "each its own" },
  names: (site) => {
    const { imap } = clientNames(site);
    return [{ name: imap, role: "mailstore", domain: site.domains[0]?.name }];
  },
  tlsUnit: "dovecot.service",
  // Replies, redirects and learning are the work of processes with mail; Dovecot's auth asks the judge.
  users: ["dovecot", `${VMAIL.id}`],
  uses: {
    // The listener for the site's own programs: replies and redirects are signed like any other mail of ours.
    outbound: {
      roles: ["submission", "relay"],
      port: { submission: PORTS.siteSubmission, relay: PORTS.relay },
      choice: "local first",
    },
    controllers: { roles: ["filter"], port: { filter: PORTS.controller }, choice: "all" },
  },
  records: ({ site }) => {
    const hosts = hostsWith(site, "mailstore");
    const { imap } = clientNames(site);
    if (hosts.length === 0) return [];
    const pop3s = site.mailstore.pop3 ? `0 1 995 ${imap}.` : "0 0 0 .";
    return [
      ...mailDomainsOf(site).flatMap(({ name }) => [
        srv("imaps", name, `0 1 993 ${imap}.`, "RFC 6186", "IMAP over TLS"),
        srv("imap", name, "0 0 0 .", "RFC 6186", "no IMAP that begins in plain text"),
        srv("pop3s", name, pop3s, "RFC 6186", "POP3 over TLS"),
        srv("pop3", name, "0 0 0 .", "RFC 6186", "no POP3 that begins in plain text"),
        srv("sieve", name, `0 1 4190 ${imap}.`, "RFC 5804", "filter rules"),
      ]),
      ...(site.dns.dnssec ? [tlsa(993, imap, hosts, "DANE for IMAP")] : []),
    ];
  },
  packages: (args) => {
    const { fullTextSearch, pop3 } = mailstoreSettings(args);
    return [
      ...["dovecot-core", "dovecot-imapd", "dovecot-lmtpd", "dovecot-managesieved", "dovecot-sieve"],
      ...(fullTextSearch ? ["dovecot-flatcurve"] : []),
      ...(pop3 ? ["dovecot-pop3d"] : []),
      "curl",
    ];
  },
  listens: ({ pop3, relayHosts, submissionHosts, banHosts }) => [
    { port: 993, to: "world" },
    ...(pop3 ? [{ port: 995, to: "world" } as const] : []),
    { port: 4190, to: "world" },
    { port: PORTS.lmtp, to: ["relay"], from: relayHosts, note: "LMTP from the relays" },
    { port: PORTS.sasl, to: ["submission"], from: submissionHosts, note: "SASL from submission" },
    { port: PORTS.policy, to: ["mailstore"] },
    { port: PORTS.bans, to: ["bans"], from: banHosts ?? [], note: "the list of banned addresses" },
  ],
  data: [
    {
      path: MAIL_DIRECTORY,
      what: "mail, folders, Sieve scripts, subscriptions",
      backup: true,
      precious: true,
      // The backup may be of a version before; Dovecot is stopped then.
      afterRestore: ["sh", "-c", `${MOVE_FOLDERS} && systemctl start dovecot && doveadm force-resync -A '*'`],
      loss: "mail of all that came since the last backup",
    },
    {
      path: JUDGE_STATE,
      what: "bans, and where accounts logged in lately",
      backup: false,
      precious: false,
      loss: "nothing: it is learnt again",
    },
  ],
  secrets: {
    shape: { users: "one" },
    refs: fromFacts([], () => ({ users: { kind: "accounts" } })),
    // Readable for Dovecot's auth process, by its group, and nobody else.
    files: ({ users }) => ({ [USERS_FILE]: secretFile([users], "dovecot") }),
  },
  watch: [
    {
      what: "failed logins since the start, from Dovecot's metrics",
      argv: [
        "sh",
        "-c",
        `curl -s http://127.0.0.1:${METRICS_PORT}/metrics | awk '$1 == "dovecot_auth_failure_total" { print $2 }'`,
      ],
      normal: { least: 0 },
    },
  ],
  update: { by: "reload", notice: "nothing: sessions go on under the old settings", twins: "in turn" },
  args: ({ site, host, endpoints: { outbound = [], controllers = [] } }) => ({
    hostname: host.hostname,
    postmaster: postmaster(site),
    ...site.mailstore,
    loginCharacters: unusualCharacters(site.accounts.mailboxes.map(({ address }) => address)),
    suspended: suspendedLogins(site),
    relayHosts: clientAddresses({ site, host }, hostsWith(site, "relay")),
    submissionHosts: clientAddresses({ site, host }, hostsWith(site, "submission")),
    webmailHosts: addressesOf(hostsWith(site, "webmail")),
    banHosts: clientAddresses({ site, host }, presentHosts(site).filter(hasLogins)),
    allowed: neverBanned(site),
    ...(outbound[0] ? { outbound: text(outbound[0]) } : {}),
    controllers: controllers.map(text),
  }),
  manifest: mailstoreParts,
});
