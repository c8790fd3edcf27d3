/** The maps that other roles are given. */
import * as maps from "../../../components/accounts/maps";
import type { DomainSpec, MailboxSpec } from "../../../site/types";

const domain = (name: string, more: Partial<DomainSpec> = {}): DomainSpec => ({
  name,
  dmarc: "reject",
  dmarcReports: `postmaster@${name}`,
  mail: true,
  spf: [],
  ...more,
});
const mailbox = (address: string, sendAs: string[] = []): MailboxSpec => ({ address, name: "", quota: 1, sendAs });

const SITE: maps.AccountsSite = {
  domains: [
    domain("example.org"),
    domain("example.net", { catchAll: "alice@example.org" }),
    domain("parked.example", { mail: false }),
    domain("moved.example", { transport: "[mail.elsewhere.example]:25" }),
  ],
  accounts: {
    source: "file",
    mailboxes: [
      mailbox("Bob@example.org"),
      mailbox("alice@example.org", ["sales@example.org"]),
      mailbox("carol@example.net"),
    ],
    aliases: {
      "Info@example.org": ["bob@example.org", "desk@example.org", "away@foreign.example"],
      "desk@example.org": ["alice@example.org"],
      "loop@example.net": ["loop@example.net", "carol@example.net"],
    },
    groups: [{ address: "team@example.org", members: ["bob@example.org", "alice@example.org"], internal: true }],
  },
};

test("the edge takes named addresses, and whole domains only where something takes the rest", () => {
  expect(maps.recipients(SITE)).toEqual([
    "@example.net",
    "@moved.example",
    "alice@example.org",
    "bob@example.org",
    "carol@example.net",
    "desk@example.org",
    "info@example.org",
    "loop@example.net",
    "team@example.org",
  ]);
  expect(maps.mailDomains(SITE)).toEqual(["example.net", "example.org", "moved.example"]);
  expect(maps.transports(SITE)).toEqual({ "moved.example": "[mail.elsewhere.example]:25" });
});

test("a catch-all does not take the mail of the mailboxes beside it", () => {
  expect(maps.virtualAliases(SITE)).toEqual({
    "@example.net": ["alice@example.org"],
    "carol@example.net": ["carol@example.net"],
    "desk@example.org": ["alice@example.org"],
    "info@example.org": ["away@foreign.example", "bob@example.org", "desk@example.org"],
    "loop@example.net": ["carol@example.net", "loop@example.net"],
    "team@example.org": ["alice@example.org", "bob@example.org"],
  });
});

test("who may send as what: own address, sendAs, aliases that reach the account (through others, round loops), no group", () => {
  expect(maps.senderLogins(SITE)).toEqual({
    "alice@example.org": ["alice@example.org"],
    "bob@example.org": ["bob@example.org"],
    "carol@example.net": ["carol@example.net"],
    "desk@example.org": ["alice@example.org"],
    "info@example.org": ["alice@example.org", "bob@example.org"],
    "loop@example.net": ["carol@example.net"],
    "sales@example.org": ["alice@example.org"],
  });
  expect(maps.internalGroups(SITE)).toEqual(["team@example.org"]);
});
