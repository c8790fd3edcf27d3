/** Keys of accounts: mailboxes, aliases, groups. */
import { LATER_SOURCES } from "../not-yet";
import { list, map, object } from "./containers";
import type { Fields } from "./kinds";
import { mailAddress, ownAddress } from "./names";
import { choice, flag, line, moment, size } from "./scalars";
import { passwordHash } from "./secrets";

/** Why an account is suspended. */
export const suspended = {
  since: {
    schema: moment,
    description: "When it was decided: a day, or a time in UTC. It holds from the next `up` on, whatever stands here.",
    required: true,
    examples: ["2026-11-28", "2026-11-28T03:10"],
  },
  why: {
    schema: line("a reason, one line", 200),
    description: "The reason, for whoever lifts it. It is on no host.",
    required: true,
    examples: ["sends spam, the password was stolen"],
  },
  mail: {
    schema: choice(["keep", "refuse"]),
    description:
      "Mail to its address: kept in INBOX, or refused at the edge with `550 5.2.1`. What comes by an alias, a group or a `catchAll` is kept.",
    default: "keep",
  },
} satisfies Fields;

const mailbox = {
  name: {
    schema: line("a name", 200),
    description: "Display name.",
    otherwise: "the local part",
    examples: ["Alice Martin"],
  },
  quota: {
    schema: size("1M", "100T"),
    description: "Storage limit.",
    otherwise: "`mailstore.quota`",
    examples: ["20M", "5G"],
  },
  passwordHash: {
    schema: passwordHash,
    description: "Password hash made by `doveadm pw -s BLF-CRYPT`. Passwords in plain text are refused.",
    otherwise: "a password is generated once, `postfleet accounts password` shows it",
  },
  sendAs: {
    schema: list(ownAddress, { unique: true }),
    description: "Further addresses of this site that the account may send as.",
    default: [],
    examples: [["info@example.org"]],
  },
  suspended: {
    schema: object(suspended),
    description:
      "Nobody logs in, running sessions end, its Sieve scripts rest, and mail of its own that is still in a queue is held. Nothing is deleted: without this key all is as before.",
    otherwise: "it is not",
    examples: [{ since: "2026-11-28", why: "sends spam" }],
  },
} satisfies Fields;

const group = {
  members: {
    schema: list(mailAddress, { min: 1, unique: true }),
    description: "Addresses that get every mail to the group.",
    required: true,
    examples: [["alice@example.org", "bob@example.org"]],
  },
  internal: { schema: flag, description: "Only accounts of this site may write to it.", default: false },
} satisfies Fields;

/** All accounts. */
export const accounts = {
  source: { schema: choice(["file"], LATER_SOURCES), description: "Where accounts are kept: here.", default: "file" },
  mailboxes: {
    schema: map(ownAddress, object(mailbox, { secret: true }), { secret: true }),
    description: "Accounts: address -> settings, all of which may be left out.",
    default: {},
    examples: [{ "alice@example.org": { name: "Alice Martin" } }],
  },
  aliases: {
    schema: map(ownAddress, list(mailAddress, { min: 1, unique: true })),
    description: "Alias address -> the addresses that its mail goes to, here or elsewhere.",
    default: {},
    examples: [{ "info@example.org": ["alice@example.org"] }],
  },
  groups: {
    schema: map(ownAddress, object(group)),
    description: "Groups: mail to one reaches every member.",
    default: {},
  },
} satisfies Fields;
