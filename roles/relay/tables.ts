/** master.cf and the lookup tables of postfix@relay. */
import { expansions, mailDomains } from "../shared/addresses";
import { owned } from "../shared/paths";
import { internalServices, texthash } from "../shared/postfix";
import { heldSenders } from "../shared/suspended";
import type { RelaySettings } from "./args";

/** Deliveries to one mailbox at once; Dovecot answers 451 above its own limit of 10. */
export const LMTP_PER_RECIPIENT = 5;

/** Login of the smarthost, secret. */
export const SMARTHOST_PASSWORDS = "/etc/postfix-relay/smarthost_passwords";

/** /etc/postfix-relay/master.cf, master(5). The port listens on every address; nftables and `mynetworks` close it. */
export function masterCf(s: RelaySettings): string {
  return `${owned("relay")}# Mail from the site's own servers
${String(s.port).padEnd(10)} inet  n       -      n      -      -       smtpd
${internalServices({ lmtp: s.lmtpConcurrency, lmtpFlags: "DO" })}`;
}

/** Domains whose mail is stored here. */
export function mailboxDomains(s: RelaySettings): string {
  return texthash(
    "relay",
    "Domains whose mail goes to the mailstore.",
    mailDomains(s)
      .filter((domain) => !domain.transport)
      .map((domain) => [domain.name, "ok"] as const)
      .sort(),
  );
}

/** Accounts. */
export function mailboxes(s: RelaySettings): string {
  return texthash(
    "relay",
    "Mailboxes.",
    s.accounts.mailboxes.map((mailbox) => [mailbox.address, "ok"] as const).sort(),
  );
}

/** Names of the hosts: nobody has a mailbox there, their mail is for the postmaster. */
export function hostNames(s: RelaySettings): string {
  return texthash(
    "relay",
    "Names of the hosts. Mail to them (cron, root, daemons) goes to the postmaster.",
    systemNames(s).map((name) => [name, "ok"] as const),
  );
}

function systemNames(s: RelaySettings): string[] {
  const domains = new Set(mailDomains(s).map((domain) => domain.name));
  return [...new Set([s.hostname, ...s.siteHostnames])].filter((name) => !domains.has(name)).sort();
}

/** Aliases, groups, catch-all: virtual(5). */
export function aliases(s: RelaySettings): string {
  const entries = new Map([...expansions(s)].map(([alias, targets]) => [alias, targets.join(", ")] as const));
  const caught = mailDomains(s).filter((domain) => domain.catchAll);
  for (const domain of caught) entries.set(`@${domain.name}`, String(domain.catchAll));
  // Postfix asks for `@domain` before it looks for a mailbox: each one in such a domain leads to itself.
  for (const mailbox of s.accounts.mailboxes) {
    if (caught.some((domain) => mailbox.address.endsWith(`@${domain.name}`)) && !entries.has(mailbox.address)) {
      entries.set(mailbox.address, mailbox.address);
    }
  }
  for (const name of systemNames(s)) entries.set(`@${name}`, s.postmaster);
  return texthash(
    "relay",
    "Address, then where it leads. `@domain`: everything else in that domain.",
    [...entries].sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

/** Senders whose mail waits for the postmaster. */
export function heldSendersTable(s: RelaySettings): string {
  return texthash(
    "relay",
    "Senders of suspended accounts: their mail is held. Afterwards `postsuper -c /etc/postfix-relay -H ALL` releases it.",
    heldSenders(s),
  );
}

/** Domains that another server takes, transport(5). */
export function transports(s: RelaySettings): string {
  return texthash(
    "relay",
    "Domain, then the server that takes its mail.",
    mailDomains(s)
      .filter((domain) => domain.transport)
      .map((domain) => [domain.name, `smtp:${domain.transport}`] as const)
      .sort(),
  );
}
