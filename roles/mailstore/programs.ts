/** Programs of the mailstore: those that Dovecot runs, and one that looks at Dovecot before it is configured. */
import { program } from "../shared/program";
import type { MailstoreSettings } from "./args";

/** Give a message to the filter: `learn spam|ham`, the message on standard input. */
export const learnProgram = (s: MailstoreSettings) =>
  program("mailstore", "learn.sh", { values: { CONTROLLER: s.controller } });

/** Tell a person that the mailbox is nearly full: `quota-warning PERCENT ACCOUNT`. */
export const quotaWarningProgram = (s: MailstoreSettings) =>
  program("mailstore", "quota-warning.sh", { values: { POSTMASTER: s.postmaster, HOSTNAME: s.hostname } });

/** Refuses the update where Dovecot is older than its first argument: `sh -c … sh VERSION`. */
export const refuseOldDovecot = () => program("mailstore", "refuse-old-dovecot.sh").trimEnd();
