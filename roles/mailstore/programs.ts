/** Programs of the mailstore: those that Dovecot runs, and one that looks at Dovecot before it is configured. */
import { MAIL_DIRECTORY } from "../shared/paths";
import { program } from "../shared/program";
import { type MailstoreSettings, VMAIL } from "./args";

/** Give a message to every filter: `learn spam|ham`, the message on standard input. */
export function learnProgram({ controllers }: MailstoreSettings): string {
  const [only, ...others] = controllers;
  return only !== undefined && others.length === 0
    ? program("mailstore", "learn.sh", { values: { CONTROLLER: only }, flags: { one: true } })
    : program("mailstore", "learn.sh", { values: { CONTROLLERS: controllers.join(" ") }, flags: { one: false } });
}

/** Tell a person that the mailbox is nearly full: `quota-warning PERCENT ACCOUNT`. */
export const quotaWarningProgram = (s: MailstoreSettings) =>
  program("mailstore", "quota-warning.sh", { values: { POSTMASTER: s.postmaster, HOSTNAME: s.hostname } });

/** Moves mail that lies as earlier versions had it to where storage.conf wants it. */
export const moveFoldersProgram = () =>
  program("mailstore", "move-folders.py", { values: { MAIL: MAIL_DIRECTORY, USER: VMAIL.name } });

/** Refuses the update where Dovecot is older than its first argument: `sh -c … sh VERSION`. */
export const refuseOldDovecot = () => program("mailstore", "refuse-old-dovecot.sh").trimEnd();

/** Ends the sessions of all logins of a file: `sh -c … sh FILE`. */
export const endSessions = () => program("mailstore", "end-sessions.sh").trimEnd();
