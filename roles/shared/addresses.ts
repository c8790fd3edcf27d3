/**
 * Who receives and who may send: the address book of the site, as the maps of the mail roles want it.
 *
 * mx and submission refuse unknown recipients, relay rewrites them, filter and submission ask who owns a sender address.
 * All of them derive their maps from the same data here, so that the edge never accepts what the relay cannot deliver.
 */
import { domainOf, REQUIRED_LOCAL_PARTS } from "../../site";

/** What the mail roles need to know of a domain; the site's `DomainSpec` is one. */
export interface MailDomain {
  /** Name in lower case. */
  name: string;
  /** Address that takes mail for unknown local parts. */
  catchAll?: string;
  /** Hand all mail for the domain to another server: `[host]:port`. */
  transport?: string;
  /** False: the domain receives and sends no mail. @default true */
  mail?: boolean;
}

/** What the mail roles need to know of accounts; the site's `AccountsSpec` is one. Passwords are not among it. */
export interface MailAccounts {
  mailboxes: {
    address: string;
    sendAs: string[];
    /** Nobody logs in; its mail is held, and mail to it kept or refused. Absent: it is in use. */
    suspended?: { mail: "keep" | "refuse" };
  }[];
  /** Alias address -> targets, here or elsewhere. */
  aliases: Record<string, string[]>;
  groups: { address: string; members: string[]; internal: boolean }[];
}

/** The whole address book. */
export interface AddressBook {
  /** All domains of the site. */
  domains: MailDomain[];
  /** All accounts of the site. */
  accounts: MailAccounts;
  /** Address that takes `postmaster@` and `abuse@` of every domain which has none of its own, and notices of the servers. */
  postmaster: string;
}

/** Domains that take mail at all. */
export function mailDomains(book: AddressBook): MailDomain[] {
  return book.domains.filter((domain) => domain.mail !== false);
}

/** Aliases and groups in one map, with the required addresses of every domain added where they are missing. */
export function expansions(book: AddressBook): Map<string, string[]> {
  const known = new Map<string, string[]>();
  for (const [alias, targets] of Object.entries(book.accounts.aliases)) known.set(alias.toLowerCase(), targets);
  for (const group of book.accounts.groups) known.set(group.address.toLowerCase(), group.members);
  const mailboxes = new Set(book.accounts.mailboxes.map((mailbox) => mailbox.address));
  const nobody = known.size + mailboxes.size === 0;
  // Where no domain has mail nothing is delivered, and nothing is missed; where nobody has an address, no one could be told.
  const whole = mailDomains(book).some(
    ({ name, catchAll, transport }) => name === domainOf(book.postmaster) && (catchAll || transport),
  );
  if (nobody && !whole) return known;
  for (const domain of mailDomains(book)) {
    if (domain.transport) continue;
    for (const address of REQUIRED_LOCAL_PARTS.map((localPart) => `${localPart}@${domain.name}`)) {
      if (!known.has(address) && !mailboxes.has(address) && address !== book.postmaster) {
        known.set(address, [book.postmaster]);
      }
    }
  }
  if (!known.has(book.postmaster) && !mailboxes.has(book.postmaster) && !whole && mailDomains(book).length > 0) {
    throw new Error(
      `postmaster: nobody receives mail for ${book.postmaster}. Allowed is the address of a mailbox, an alias or a group of this site. Hint: add an alias ${book.postmaster} in accounts.aliases.`,
    );
  }
  return known;
}

/** How far an address leads: through how many others at most, and to how many in all, those on the way included. */
export function reach(known: ReadonlyMap<string, readonly string[]>): { depth: number; width: number } {
  const found = new Map<string, { depth: number; width: number }>();
  const of = (address: string): { depth: number; width: number } => {
    const targets = known.get(address) ?? known.get(address.replace(/\+[^@]*@/, "@"));
    if (targets === undefined) return { depth: 0, width: 1 };
    const before = found.get(address);
    if (before !== undefined) return before;
    // The site file has no circles; if one came here, it would end here.
    found.set(address, { depth: 0, width: 1 });
    const reached = targets.map((target) => of(target.toLowerCase()));
    const made = {
      depth: 1 + Math.max(0, ...reached.map(({ depth }) => depth)),
      width: 1 + reached.reduce((sum, { width }) => sum + width, 0),
    };
    found.set(address, made);
    return made;
  };
  const all = [...known.keys()].map(of);
  return { depth: Math.max(0, ...all.map(({ depth }) => depth)), width: Math.max(0, ...all.map(({ width }) => width)) };
}

/** Every address that is delivered somewhere, sorted; `@domain` stands for all of a domain (catch-all or handed on). */
export function recipients(book: AddressBook): string[] {
  const own = new Set(mailDomains(book).map((domain) => domain.name));
  const all = [...book.accounts.mailboxes.map((mailbox) => mailbox.address), ...expansions(book).keys()];
  const whole = mailDomains(book).filter((domain) => domain.catchAll || domain.transport);
  return [
    ...new Set(all.filter((address) => own.has(domainOf(address)))),
    ...whole.map((domain) => `@${domain.name}`),
  ].sort();
}

/**
 * Who may send as an address: address -> logins, sorted.
 *
 * A mailbox owns its own address, what `sendAs` grants it, the aliases that lead to it, and what nobody else owns in a
 * domain whose catch-all it is. Groups are owned by nobody: whoever may speak for one has it in `sendAs`.
 */
export function senderLogins(book: AddressBook): Map<string, string[]> {
  const owners = new Map<string, Set<string>>();
  const grant = (address: string, login: string) => {
    const logins = owners.get(address.toLowerCase()) ?? new Set();
    owners.set(address.toLowerCase(), logins.add(login));
  };
  const mailboxes = new Set(book.accounts.mailboxes.map((mailbox) => mailbox.address));
  const groups = new Set(book.accounts.groups.map((group) => group.address.toLowerCase()));
  const known = expansions(book);
  for (const mailbox of book.accounts.mailboxes) {
    grant(mailbox.address, mailbox.address);
    for (const address of mailbox.sendAs) grant(address, mailbox.address);
  }
  for (const alias of known.keys()) {
    for (const login of mailboxesBehind(alias, known, mailboxes, groups)) grant(alias, login);
  }
  for (const domain of mailDomains(book)) {
    if (!domain.catchAll) continue;
    const behind = mailboxes.has(domain.catchAll)
      ? [domain.catchAll]
      : mailboxesBehind(domain.catchAll, known, mailboxes, groups);
    for (const login of behind) grant(`@${domain.name}`, login);
  }
  return new Map(
    [...owners].sort(([a], [b]) => (a < b ? -1 : 1)).map(([address, logins]) => [address, [...logins].sort()]),
  );
}

/** Mailboxes that an alias reaches through aliases alone. */
function mailboxesBehind(
  alias: string,
  known: Map<string, string[]>,
  mailboxes: Set<string>,
  groups: Set<string>,
): Set<string> {
  const found = new Set<string>();
  const seen = new Set<string>();
  const walk = (address: string) => {
    if (seen.has(address) || groups.has(address)) return;
    seen.add(address);
    if (mailboxes.has(address)) found.add(address);
    for (const target of known.get(address) ?? []) walk(target.toLowerCase());
  };
  walk(alias);
  return found;
}
