/** Keys of accounts: mailboxes, aliases, groups. */
import { LATER_SOURCES } from "../not-yet";
import { list, map, object } from "./containers";
import type { Fields } from "./kinds";
import { mailAddress, ownAddress } from "./names";
import { choice, flag, line, size } from "./scalars";
import { passwordHash } from "./secrets";

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
