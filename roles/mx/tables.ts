/** master.cf and the lookup tables of postfix@mx. */
import { postfixEntry, postfixPattern } from "../../quote/mail";
import { mailDomains, recipients } from "../shared/addresses";
import { owned } from "../shared/paths";
import { internalServices, texthash } from "../shared/postfix";
import { refusedRecipients } from "../shared/suspended";
import type { MxSettings } from "./args";

/** /etc/postfix-mx/master.cf, master(5). */
export function masterCf(_s: MxSettings): string {
  return `${owned("mx")}# postscreen takes every connection on port 25 and passes the good ones to smtpd.
25         inet  n       -      n      -      1       postscreen
smtpd      pass  -       -      n      -      -       smtpd
dnsblog    unix  -       -      n      -      0       dnsblog
tlsproxy   unix  -       -      n      -      0       tlsproxy
${internalServices()}`;
}

/** Domains that mail is accepted for, and the host's own name for its postmaster (RFC 5321 section 4.5.1). */
export function domainsTable(s: MxSettings): string {
  const names = [...new Set([...mailDomains(s).map((domain) => domain.name), s.hostname])].sort();
  return texthash(
    "mx",
    "Domains that mail is accepted for.",
    names.map((name) => [name, "ok"] as const),
  );
}

/** Every address that is delivered somewhere; `@domain` takes all of a domain. */
export function recipientsTable(s: MxSettings): string {
  const host = mailDomains(s).some((domain) => domain.name === s.hostname) ? [] : [`postmaster@${s.hostname}`];
  return texthash(
    "mx",
    "Addresses that exist. All others are refused at RCPT TO.",
    [...recipients(s), ...host].map((address) => [address, "ok"] as const),
  );
}

/** Groups for accounts of this site only: whoever comes from outside is a stranger. And suspended accounts that take no mail. */
export function recipientAccess(s: MxSettings): string {
  const refusal = "550 5.7.1 Only members of this organisation may write to this address";
  const internal = s.accounts.groups
    .filter((group) => group.internal)
    .map((group) => [group.address.toLowerCase(), refusal] as const);
  return texthash(
    "mx",
    "Addresses that exist and take no mail from outside: groups of accounts alone, suspended accounts.",
    [...internal, ...refusedRecipients(s)].sort(),
  );
}

/** Names that nobody outside may claim to be. */
export function heloAccess(s: MxSettings): string {
  return texthash(
    "mx",
    "Our own names: a stranger that says HELO with one of them lies.",
    [...new Set(s.siteHostnames)].sort().map((name) => [name, "550 5.7.1 That is our name, not yours"] as const),
  );
}

/** Clients that skip postscreen's tests. */
export function postscreenAccess(s: MxSettings): string {
  const own = ["127.0.0.0/8", "::1/128", ...s.siteHosts];
  return `${owned("mx")}# Hosts of the site need not prove that they are no bots.\n${own.map((net) => postfixEntry(net, "permit")).join("")}`;
}

/** Headers that only we may write: what a stranger claims in our name is dropped, RFC 8601 section 5. */
export function headerChecks(s: MxSettings): string {
  const names = [...new Set([s.hostname, ...s.siteHostnames])].sort().map(postfixPattern).join("|");
  return `${owned("mx")}# Verdicts in our name come from our own filter alone, which adds its own afterwards.
/^Authentication-Results:[[:space:]]*(${names})([[:space:];]|$)/ IGNORE
/^X-(Spam|Spamd-Bar|Spam-Status|Spam-Level|Spam-Flag):/ IGNORE
`;
}
