/** What `postfleet accounts suspend` prints: the lines for the site file, and what to do with them. */
import type { SiteSpec } from "../site";
import { UserError } from "../system/errors";
import { visibleLine } from "../system/visible";
import { mailboxNamed } from "./mailbox";

/**
 * The lines that suspend an account, and what to do with them. The site file has one author: nothing is written into it here,
 * since no YAML library of ours keeps comments, and a host that is told otherwise would be set right by the next update.
 */
export function suspensionLines(site: SiteSpec, given: string, stack: string, why: string, now = new Date()): string {
  const hint = "an alias or a group cannot be suspended: name the mailbox";
  const { address, suspended } = mailboxNamed(site.accounts.mailboxes, given, stack, hint);
  if (suspended)
    throw new UserError(
      `${address} is suspended already, since ${suspended.since}: ${suspended.why}`,
      `remove \`suspended\` from it in the site file and run \`postfleet deploy --stack ${stack}\` to lift that`,
    );
  const reason = why.trim();
  if (reason === "" || reason.length > 200 || /[\p{Cc}\u2028\u2029]/u.test(reason))
    throw new UserError(
      `this is no reason: ${visibleLine(why) || "(nothing)"}`,
      "write --why with one line of at most 200 characters, for whoever lifts it",
    );
  return [
    "# 1. Put this under accounts.mailboxes in the site file, beside what the account has already:",
    `    ${address}:`,
    "      suspended:",
    `        since: "${now.toISOString().slice(0, 16)}"`,
    `        why: ${JSON.stringify(reason)}`,
    "# 2. Make it so; sessions end with it:",
    `postfleet deploy --stack ${stack}`,
    "# Mail of the account that waited is held then. To see it and to release it, on the relay's host:",
    "#   postqueue -c /etc/postfix-relay -p; postsuper -c /etc/postfix-relay -H ID (or ALL)",
    "",
  ].join("\n");
}
