/** Rules about addresses: each is one thing, in a domain of the site, and mail to it arrives somewhere. */
import { domainOf, postmaster as postmasterOf, REQUIRED_LOCAL_PARTS } from "../facts";
import { formatPath, type Path, several } from "../problems";
import { didYouMean } from "../suggest";
import type { RoleName } from "../types";
import { type Check, type Checked, holders, isRefused } from "./checked";
import { loops } from "./loops";

/** All addresses of the site: what each is, and where it is written. */
function ownAddresses({ draft }: Checked): { address: string; what: string; at: Path }[] {
  const { mailboxes, aliases, groups } = draft.accounts;
  return Object.entries({ mailbox: mailboxes, alias: aliases, group: groups }).flatMap(([what, entries]) =>
    entries.map(({ key, at }) => ({ address: key, what, at })),
  );
}

/** Required addresses that the file does not declare: the MTA make them, and they lead to the first domain's postmaster. */
function madeAddresses(checked: Checked): Set<string> {
  const declared = new Set(ownAddresses(checked).map(({ address }) => address));
  const made = checked.site.domains
    .filter(({ mail, transport }) => mail && transport === undefined)
    .flatMap(({ name }) => REQUIRED_LOCAL_PARTS.map((localPart) => `${localPart}@${name}`));
  return new Set(made.filter((address) => !declared.has(address) && address !== postmasterOf(checked.site)));
}

const unique: Check = {
  rule: "An address is either a mailbox, an alias or a group.",
  run(checked) {
    const first = new Map<string, { what: string; at: Path }>();
    for (const { address, what, at } of ownAddresses(checked)) {
      const other = first.get(address);
      if (other === undefined) first.set(address, { what, at });
      else {
        checked.problems.add(at, () => ({
          message: `the address is a ${other.what} already, in line ${checked.problems.lineOf(other.at)}`,
          given: address,
          allowed: "every address once, as a mailbox, an alias or a group",
          hint:
            other.what === "mailbox" && what !== "mailbox"
              ? "for copies to others choose another address for the mailbox, or a Sieve script in it"
              : "remove one of the two",
          onKey: true,
        }));
      }
    }
  },
};

const details: Check = {
  rule: "No mailbox has a `+` in its name: what stands behind it is a detail of the address before it, RFC 5233.",
  run({ draft, problems }) {
    for (const { key, at } of draft.accounts.mailboxes.filter(({ key: address }) => address.includes("+"))) {
      problems.add(at, {
        message: `mail to ${key} is mail to ${key.replace(/\+[^@]*/, "")}: this mailbox would never get any`,
        given: key,
        allowed: "mailboxes without +",
        hint: "remove the mailbox, and sort by the detail with a Sieve rule; or make it an alias",
        onKey: true,
      });
    }
  },
};

const internal: Check = {
  rule: "Nothing that the world may write to leads to a group that is `internal`: no alias, no `catchAll`, no other group.",
  run({ draft, problems }) {
    const { aliases, groups } = draft.accounts;
    const closed = new Set(groups.filter(({ value }) => value.internal).map(({ key }) => key));
    const open = [
      ...aliases.flatMap(({ key, value }) => value.map((target) => ({ from: key, ...target }))),
      ...groups
        .filter(({ value }) => !value.internal)
        .flatMap(({ key, value }) => (value.members ?? []).map((target) => ({ from: key, ...target }))),
      ...(draft.domains ?? []).flatMap(({ key, at, value: { catchAll } }) =>
        catchAll === undefined
          ? []
          : [{ from: `any other address of ${key}`, value: catchAll, at: [...at, "catchAll"] }],
      ),
    ];
    for (const { from, value, at } of open.filter((target) => closed.has(target.value))) {
      problems.add(at, {
        message: `${value} is internal, and by ${from} everybody could write to it`,
        allowed: "targets that are not internal",
        hint: "name the members, make this a group that is internal too, or open the group",
      });
    }
  },
};

const domains: Check = {
  rule: "Mailboxes, aliases, groups and `sendAs` are in declared domains that have mail; mailboxes not in one with `transport`.",
  run(checked) {
    const { site, draft, problems } = checked;
    const known = new Map(site.domains.map((domain) => [domain.name, domain]));
    // Without a readable list of domains every address would be wrong.
    if (known.size === 0) return;
    const names = [...known.keys()];
    const sendAs = draft.accounts.mailboxes.flatMap(({ value }) =>
      value.sendAs.map(({ value: address, at }) => ({ address, what: "sender", at })),
    );
    for (const { address, what, at } of [...ownAddresses(checked), ...sendAs]) {
      const domain = known.get(domainOf(address));
      const base = { given: address, onKey: what !== "sender" };
      if (domain === undefined) {
        problems.add(at, () => ({
          ...base,
          message: `the ${what} is in the domain ${domainOf(address)}, which is not declared`,
          allowed: `an address in ${several(names)}`,
          hint: didYouMean(domainOf(address), names, `add ${domainOf(address)} under domains, or correct the address`),
        }));
      } else if (!domain.mail) {
        const hint = "remove `mail: false` from the domain, or move the address to another one";
        problems.add(at, {
          ...base,
          message: `${domain.name} is declared to have no mail`,
          allowed: "a domain with mail",
          hint,
        });
      } else if (domain.transport !== undefined && what === "mailbox") {
        problems.add(at, {
          ...base,
          message: `mail for ${domain.name} is handed to ${domain.transport}: this mailbox would never get any`,
          allowed: "mailboxes in domains without `transport`",
          hint: "remove the domain's transport, or make the address an alias",
        });
      }
    }
  },
};

const targets: Check = {
  rule: "Targets of aliases, groups, `catchAll` and reports in the site's own domains exist, or are made: `postmaster` and `abuse`.",
  run(checked) {
    const { site, draft, problems } = checked;
    const own = new Set([...ownAddresses(checked).map(({ address }) => address), ...madeAddresses(checked)]);
    const byName = new Map(site.domains.map((domain) => [domain.name, domain]));
    const arrives = (address: string, catchAllHelps: boolean) => {
      const domain = byName.get(domainOf(address));
      if (domain === undefined || domain.transport !== undefined || own.has(address)) return true;
      return catchAllHelps && domain.catchAll !== undefined;
    };
    const named: { address: string | undefined; at: Path; catchAllHelps: boolean }[] = [
      ...[...draft.accounts.aliases].flatMap(({ value }) => value),
      ...draft.accounts.groups.flatMap(({ value }) => value.members ?? []),
    ].map(({ value, at }) => ({ address: value, at, catchAllHelps: true }));
    for (const { at, value } of draft.domains ?? []) {
      named.push({ address: value.catchAll, at: [...at, "catchAll"], catchAllHelps: false });
      named.push({ address: value.dmarcReports, at: [...at, "dmarcReports"], catchAllHelps: true });
    }
    named.push({ address: draft.certificates.acme?.email, at: ["certificates", "acme", "email"], catchAllHelps: true });
    for (const { address, at, catchAllHelps } of named) {
      if (address === undefined || arrives(address, catchAllHelps)) continue;
      problems.add(at, () => ({
        message: `there is no mailbox, alias or group ${address}: mail to it would be refused`,
        allowed: "an address of this site, or one in another domain",
        hint: didYouMean(address, own, "add it under accounts, or correct it"),
      }));
    }
  },
};

const circles: Check = {
  rule: "Aliases and groups do not lead back to themselves.",
  run(checked) {
    const { aliases, groups } = checked.draft.accounts;
    const made = madeAddresses(checked);
    const lists = [
      ...aliases.map(({ key, value }) => ({ from: key, targets: value })),
      ...groups.map(({ key, value }) => ({ from: key, targets: value.members ?? [] })),
    ];
    const edges = lists.flatMap(({ from, targets: to }) =>
      to.map(({ value, at }) => ({ from, to: made.has(value) ? postmasterOf(checked.site) : value, at })),
    );
    for (const { way, nodes, at } of loops(edges)) {
      checked.problems.add(at, {
        message: `${nodes === 1 ? "the address leads to itself" : "mail would go in a circle"}: ${way}`,
        allowed: "targets that end at a mailbox or outside the site",
        hint: "remove this target, or replace it by the mailbox that is meant",
      });
    }
  },
};

/** Roles whose tables name the postmaster. */
const MTA_ROLES: readonly RoleName[] = ["mx", "submission", "relay", "filter"];

const postmaster: Check = {
  rule:
    "The first domain with mail has an address `postmaster` (RFC 5321 §4.5.1), or a `catchAll`: those of the other domains " +
    "lead there where they are not declared.",
  run(checked) {
    const { site, draft, problems } = checked;
    const at = draft.domains?.[site.domains.findIndex(({ mail }) => mail)]?.at;
    const domain = site.domains.find(({ mail }) => mail);
    const address = postmasterOf(site);
    if (at === undefined || domain === undefined) return;
    if (domain.transport !== undefined || domain.catchAll !== undefined) return;
    if (ownAddresses(checked).some((own) => own.address === address)) return;
    // It may stand in what could not be read.
    const kinds = ["mailboxes", "aliases", "groups"];
    const unread = (path: Path) => checked.refused.includes(formatPath(path));
    if (unread(["accounts"]) || ["mail", "catchAll", "transport"].some((key) => unread([...at, key]))) return;
    if (kinds.some((kind) => unread(["accounts", kind]) || isRefused(checked, ["accounts", kind, address]))) return;
    problems.add(at, {
      message: `${address} does not exist; the servers write there, and so do those who complain`,
      given: domain.name,
      allowed: "a mailbox, an alias or a group of that name, or a catchAll (RFC 5321 section 4.5.1)",
      hint: `add the alias \`${address}: [...]\` under accounts.aliases`,
      // Without an MTA nothing takes mail, which is an error of its own.
      severity: MTA_ROLES.some((role) => holders(checked, role).length > 0) ? "error" : "warning",
      onKey: true,
    });
  },
};

const A_DAY = 24 * 3600 * 1000;

const suspensions: Check = {
  rule: "`suspended.since` is not in the future: an account is suspended from the next `up` on.",
  run({ draft, problems }) {
    for (const { at, value } of draft.accounts.mailboxes) {
      const since = value.suspended?.since;
      // Where the sun rises early it is tomorrow already.
      if (since === undefined || Date.parse(since.length > 10 ? `${since}Z` : since) < Date.now() + A_DAY) continue;
      problems.add([...at, "suspended", "since"], {
        message: "it is in the future, and the account would be suspended by the next `up`",
        allowed: "today, or a day before",
        hint: "write when it was decided; what is to begin later is written later",
      });
    }
  },
};

export const ACCOUNT_CHECKS: readonly Check[] = [
  unique,
  details,
  domains,
  targets,
  internal,
  circles,
  postmaster,
  suspensions,
];
