/**
 * The accounts as other roles need them: plain maps of addresses, sorted, lower case.
 *
 * Postfix searches a table for `user+detail@domain`, `user@domain` and then `@domain`, so nothing here repeats an address
 * with details, and a catch-all is the key `@domain`.
 */
import type { SiteSpec } from "../../site/types";

/** What the maps are made of. */
export type AccountsSite = Pick<SiteSpec, "accounts" | "domains">;

/** Address -> addresses, or address -> logins. */
export type AddressMap = Record<string, string[]>;

const domainOf = (address: string) => address.slice(address.lastIndexOf("@") + 1);

/** A map in a stable order, so that a preview shows what changed and not how the site file is ordered. */
function sorted(map: Map<string, Iterable<string>>): AddressMap {
  return Object.fromEntries(
    [...map]
      .map(([key, values]): [string, string[]] => [key, [...new Set([...values].map((v) => v.toLowerCase()))].sort()])
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

/** Domains that receive mail here: for the mx to accept, and the relay to deliver. */
export function mailDomains(site: AccountsSite): string[] {
  return site.domains
    .filter((d) => d.mail)
    .map((d) => d.name)
    .sort();
}

/** Domains whose mail is handed to another server: domain -> `[host]:port`. Their recipients are known only there. */
export function transports(site: AccountsSite): Record<string, string> {
  return Object.fromEntries(
    site.domains.flatMap((d): [string, string][] => (d.mail && d.transport ? [[d.name, d.transport]] : [])).sort(),
  );
}

/** Addresses of mailboxes: what the mailstore takes by LMTP. */
export function mailboxes(site: AccountsSite): string[] {
  return site.accounts.mailboxes.map((m) => m.address.toLowerCase()).sort();
}

/**
 * Every address that the edge accepts: mailboxes, aliases, groups, and `@domain` where a catch-all or another server takes
 * the rest. Anything else is refused at RCPT TO, so no bounce ever goes to a forged sender.
 */
export function recipients(site: AccountsSite): string[] {
  const { aliases, groups } = site.accounts;
  const open = site.domains.filter((d) => d.mail && (d.catchAll || d.transport)).map((d) => `@${d.name}`);
  const named = [...mailboxes(site), ...Object.keys(aliases), ...groups.map((g) => g.address)];
  return [...new Set([...named.map((a) => a.toLowerCase()), ...open])].sort();
}

/**
 * Where mail goes: aliases, groups and catch-alls; the targets may be aliases again. A mailbox in a domain with a
 * catch-all maps to itself, or the catch-all would take its mail.
 */
export function virtualAliases(site: AccountsSite): AddressMap {
  const map = new Map<string, string[]>();
  for (const [alias, targets] of Object.entries(site.accounts.aliases)) {
    map.set(alias.toLowerCase(), targets);
  }
  for (const group of site.accounts.groups) {
    map.set(group.address.toLowerCase(), group.members);
  }
  for (const domain of site.domains) {
    if (!domain.catchAll) {
      continue;
    }
    map.set(`@${domain.name}`, [domain.catchAll]);
    for (const address of mailboxes(site).filter((a) => domainOf(a) === domain.name && !map.has(a))) {
      map.set(address, [address]);
    }
  }
  return sorted(map);
}

/** Groups that only accounts of this site may write to. */
export function internalGroups(site: AccountsSite): string[] {
  return site.accounts.groups
    .filter((g) => g.internal)
    .map((g) => g.address.toLowerCase())
    .sort();
}

/**
 * Which logins may use a sender address: an account its own address, those in its `sendAs`, and the aliases that reach it
 * (whoever reads info@ may answer as info@). A member of a group may not write as the group.
 */
export function senderLogins(site: AccountsSite): AddressMap {
  const map = new Map<string, Set<string>>();
  const allow = (sender: string, login: string) => {
    const key = sender.toLowerCase();
    map.set(key, (map.get(key) ?? new Set()).add(login.toLowerCase()));
  };
  const logins = new Set(mailboxes(site));
  for (const mailbox of site.accounts.mailboxes) {
    allow(mailbox.address, mailbox.address);
    for (const sender of mailbox.sendAs) {
      allow(sender, mailbox.address);
    }
  }
  const aliases = new Map(Object.entries(site.accounts.aliases).map(([a, t]) => [a.toLowerCase(), t]));
  for (const alias of aliases.keys()) {
    for (const target of reached(alias, aliases)) {
      if (logins.has(target)) {
        allow(alias, target);
      }
    }
  }
  return sorted(map);
}

/** The ends of an alias, through other aliases; a loop ends where it closes. */
function reached(alias: string, aliases: Map<string, string[]>): Set<string> {
  const seen = new Set<string>();
  const ahead = [alias];
  for (let next = ahead.pop(); next !== undefined; next = ahead.pop()) {
    if (!seen.has(next)) {
      seen.add(next);
      ahead.push(...(aliases.get(next) ?? []).map((t) => t.toLowerCase()));
    }
  }
  return seen;
}
