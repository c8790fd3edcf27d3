/** What the mailstore wants of its host, put together from its files. */
import { directory, file } from "../shared/entries";
import { MAIL_DIRECTORY, PORTS } from "../shared/paths";
import { dropInPath, sandboxDropIn } from "../shared/sandbox";
import {
  CONF_DIRECTORY,
  DOVECOT_CONF,
  type MailstoreArgs,
  MINIMUM_VERSION,
  MOVE_FOLDERS,
  mailstoreSettings,
  PROGRAM_DIRECTORY,
  SIEVE_CACHE,
  SIEVE_DIRECTORY,
  SUSPENDED_FILE,
  VMAIL,
} from "./args";
import { authConf } from "./auth";
import { deliveryConf, junkSieve, learnHamSieve, learnSpamSieve, systemSieve } from "./delivery";
import { dovecotConf } from "./dovecot";
import { judgeParts } from "./judge";
import { suspendedFile } from "./passwd-file";
import { endSessions, learnProgram, moveFoldersProgram, quotaWarningProgram, refuseOldDovecot } from "./programs";
import { servicesConf } from "./services";
import { storageConf } from "./storage";

const SANDBOX_FILE = dropInPath("dovecot.service");

/** Its master starts each process as the user that it needs: login processes in a chroot, those with mail as vmail. */
const sandbox = () =>
  sandboxDropIn("mailstore", {
    writes: ["/run", "/var/lib/dovecot", MAIL_DIRECTORY, SIEVE_CACHE],
    capabilities: [
      ...["CAP_NET_BIND_SERVICE", "CAP_SETUID", "CAP_SETGID", "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER"],
      ...["CAP_KILL", "CAP_SYS_CHROOT"],
    ],
    systemCalls: ["chroot"],
  });

/** Everything the mailstore wants of its host, but for the accounts, which are secret. */
export function mailstoreParts(args: MailstoreArgs) {
  const s = mailstoreSettings(args);
  const scripts: Record<string, string> = {
    [`${SIEVE_DIRECTORY}/junk.sieve`]: junkSieve(),
    [`${SIEVE_DIRECTORY}/system.sieve`]: systemSieve(),
    [`${SIEVE_DIRECTORY}/learn-spam.sieve`]: learnSpamSieve(),
    [`${SIEVE_DIRECTORY}/learn-ham.sieve`]: learnHamSieve(),
  };
  const timeout = 30;
  const judge = judgeParts(s);
  return {
    users: {
      ...judge.users,
      [VMAIL.name]: { home: MAIL_DIRECTORY, shell: "/usr/sbin/nologin", groups: [], uid: VMAIL.id },
    },
    directories: {
      [MAIL_DIRECTORY]: directory("0770", VMAIL.name),
      [CONF_DIRECTORY]: directory(),
      [SIEVE_DIRECTORY]: directory(),
      [SIEVE_CACHE]: directory("0700", VMAIL.name),
      "/usr/local/lib/postfleet": directory(),
      [PROGRAM_DIRECTORY]: directory(),
      ...judge.directories,
    },
    files: {
      [DOVECOT_CONF]: file(dovecotConf(s)),
      [SANDBOX_FILE]: file(sandbox()),
      [`${CONF_DIRECTORY}/auth.conf`]: file(authConf(s)),
      [`${CONF_DIRECTORY}/storage.conf`]: file(storageConf(s)),
      [`${CONF_DIRECTORY}/delivery.conf`]: file(deliveryConf(s)),
      [`${CONF_DIRECTORY}/services.conf`]: file(servicesConf(s)),
      [SUSPENDED_FILE]: file(suspendedFile(s.suspended), "0640", "dovecot"),
      ...Object.fromEntries(Object.entries(scripts).map(([path, text]) => [path, file(text)])),
      [`${PROGRAM_DIRECTORY}/learn`]: file(learnProgram(s), "0755"),
      [`${PROGRAM_DIRECTORY}/quota-warning`]: file(quotaWarningProgram(s), "0755"),
      [MOVE_FOLDERS]: file(moveFoldersProgram(), "0755"),
      ...judge.files,
    },
    prepare: [
      { argv: [MOVE_FOLDERS], onChange: [`${CONF_DIRECTORY}/storage.conf`] },
      { argv: ["sh", "-c", endSessions(), "sh", SUSPENDED_FILE], onChange: [SUSPENDED_FILE] },
    ],
    validate: [
      { argv: ["sh", "-c", refuseOldDovecot(), "sh", MINIMUM_VERSION] },
      { argv: ["doveconf", "-n"], stderrFails: true },
      ...judge.validate,
    ],
    services: {
      ...judge.services,
      // The accounts are read again when their file changes; a script of the postmaster is opened at each delivery.
      "dovecot.service": {
        enabled: true,
        running: true,
        reloadOn: ["auth", "storage", "delivery"].map((name) => `${CONF_DIRECTORY}/${name}.conf`),
        // New listeners and limits, and the TLS files' names, need new login processes.
        restartOn: [DOVECOT_CONF, `${CONF_DIRECTORY}/policy.conf`, `${CONF_DIRECTORY}/services.conf`, SANDBOX_FILE],
      },
    },
    health: [
      ...judge.health,
      { kind: "tcp" as const, address: "127.0.0.1", port: 993, tls: true, expect: "* OK", timeout },
      { kind: "tcp" as const, address: "127.0.0.1", port: 4190, expect: '"IMPLEMENTATION"', timeout },
      { kind: "tcp" as const, address: "127.0.0.1", port: PORTS.lmtp, expect: "220 ", timeout },
      { kind: "tcp" as const, address: "127.0.0.1", port: PORTS.sasl, expect: "VERSION", timeout },
      ...(s.pop3 ? [{ kind: "tcp" as const, address: "127.0.0.1", port: 995, tls: true, expect: "+OK", timeout }] : []),
    ],
  };
}
