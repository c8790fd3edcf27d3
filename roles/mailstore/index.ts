/**
 * Role `mailstore`: Dovecot 2.4, where mail lives and is read.
 *
 * IMAP (RFC 9051) on 993, ManageSieve (RFC 5804) on 4190, POP3 on 995 when asked for, LMTP (RFC 2033) for the relays, an
 * auth service for submission; Sieve with vacation (RFC 5230), quota (RFC 9208), full-text search.
 */
import type * as pulumi from "@pulumi/pulumi";
import { manifestOf, type RoleArgs, RoleComponent } from "../../components/resources/role-component";
import { type Manifest, manifest } from "../../provider/manifest";
import { directory, file, firewallService, secretFile } from "../shared/entries";
import { BACKUP_DIRECTORY, MAIL_DIRECTORY, NFTABLES_DIRECTORY, owned, PORTS, RENEW_DIRECTORY } from "../shared/paths";
import {
  CONF_DIRECTORY,
  DOVECOT_CONF,
  type MailstoreArgs,
  MINIMUM_VERSION,
  mailstoreSettings,
  PROGRAM_DIRECTORY,
  SIEVE_CACHE,
  SIEVE_DIRECTORY,
  USERS_FILE,
  VMAIL,
} from "./args";
import { authConf } from "./auth";
import { deliveryConf, junkSieve, learnHamSieve, learnSpamSieve } from "./delivery";
import { dovecotConf } from "./dovecot";
import { firewall } from "./firewall";
import { learnProgram, quotaWarningProgram, refuseOldDovecot } from "./programs";
import { servicesConf } from "./services";
import { storageConf } from "./storage";

export type { MailstoreArgs } from "./args";

/** Everything the mailstore wants of its host, but for the accounts, which are secret. */
export function mailstoreManifest(args: MailstoreArgs): Manifest {
  const s = mailstoreSettings(args);
  const scripts: Record<string, string> = {
    [`${SIEVE_DIRECTORY}/junk.sieve`]: junkSieve(),
    [`${SIEVE_DIRECTORY}/learn-spam.sieve`]: learnSpamSieve(),
    [`${SIEVE_DIRECTORY}/learn-ham.sieve`]: learnHamSieve(),
  };
  const firewallFile = `${NFTABLES_DIRECTORY}/mailstore.nft`;
  const timeout = 30;
  return manifest("mailstore", {
    packages: {
      "dovecot-core": "present",
      "dovecot-imapd": "present",
      "dovecot-lmtpd": "present",
      "dovecot-managesieved": "present",
      "dovecot-sieve": "present",
      ...(s.fullTextSearch ? { "dovecot-flatcurve": "present" } : {}),
      ...(s.pop3 ? { "dovecot-pop3d": "present" } : {}),
      curl: "present",
    },
    users: { [VMAIL.name]: { home: MAIL_DIRECTORY, shell: "/usr/sbin/nologin", groups: [], uid: VMAIL.id } },
    directories: {
      [MAIL_DIRECTORY]: directory("0770", VMAIL.name),
      [CONF_DIRECTORY]: directory(),
      [SIEVE_DIRECTORY]: directory(),
      [SIEVE_CACHE]: directory("0700", VMAIL.name),
      "/usr/local/lib/postfleet": directory(),
      [PROGRAM_DIRECTORY]: directory(),
    },
    files: {
      [DOVECOT_CONF]: file(dovecotConf(s)),
      [`${CONF_DIRECTORY}/auth.conf`]: file(authConf()),
      [`${CONF_DIRECTORY}/storage.conf`]: file(storageConf(s)),
      [`${CONF_DIRECTORY}/delivery.conf`]: file(deliveryConf(s)),
      [`${CONF_DIRECTORY}/services.conf`]: file(servicesConf(s)),
      ...Object.fromEntries(Object.entries(scripts).map(([path, text]) => [path, file(text)])),
      [`${PROGRAM_DIRECTORY}/learn`]: file(learnProgram(s), "0755"),
      [`${PROGRAM_DIRECTORY}/quota-warning`]: file(quotaWarningProgram(s), "0755"),
      [firewallFile]: file(firewall(s)),
      [`${RENEW_DIRECTORY}/mailstore`]: file(`${owned("mailstore")}dovecot.service\n`),
      [`${BACKUP_DIRECTORY}/mailstore`]: file(`${owned("mailstore")}${MAIL_DIRECTORY}\n`),
    },
    validate: [
      { argv: ["sh", "-c", refuseOldDovecot(), "sh", MINIMUM_VERSION] },
      { argv: ["doveconf", "-n"], stderrFails: true },
    ],
    services: {
      ...firewallService(firewallFile),
      // The accounts are read again when their file changes; a script of the postmaster is opened at each delivery.
      "dovecot.service": {
        enabled: true,
        running: true,
        reloadOn: [`${CONF_DIRECTORY}/auth.conf`, `${CONF_DIRECTORY}/storage.conf`, `${CONF_DIRECTORY}/delivery.conf`],
        // New listeners and limits, and the TLS files' names, need new login processes.
        restartOn: [DOVECOT_CONF, `${CONF_DIRECTORY}/services.conf`],
      },
    },
    health: [
      { kind: "tcp", address: "127.0.0.1", port: 993, tls: true, expect: "* OK", timeout },
      { kind: "tcp", address: "127.0.0.1", port: 4190, expect: '"IMPLEMENTATION"', timeout },
      { kind: "tcp", address: "127.0.0.1", port: PORTS.lmtp, expect: "220 ", timeout },
      { kind: "tcp", address: "127.0.0.1", port: PORTS.sasl, expect: "VERSION", timeout },
      ...(s.pop3 ? [{ kind: "tcp" as const, address: "127.0.0.1", port: 995, tls: true, expect: "+OK", timeout }] : []),
    ],
    keep: [MAIL_DIRECTORY],
  });
}

/** Secrets of the role. */
export interface MailstoreSecrets {
  /** Accounts in Dovecot's passwd-file format, see components/accounts. */
  users: pulumi.Input<string>;
}

/** The mailstore on one host. */
export class Mailstore extends RoleComponent {
  constructor(
    name: string,
    { host, users, ...args }: RoleArgs<MailstoreArgs> & MailstoreSecrets,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    // Readable for Dovecot's auth process, by its group, and nobody else.
    const secretFiles = { [USERS_FILE]: secretFile(users, "dovecot") };
    super("postfleet:mail:Mailstore", name, { host, manifest: manifestOf(mailstoreManifest, args), secretFiles }, opts);
  }
}
