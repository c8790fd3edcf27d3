/** One host with mailstore, submission and relay for two people, as the real daemons get it. */
import { mailstore } from "../../roles/mailstore";
import { passwdFile, type UserEntry } from "../../roles/mailstore/passwd-file";
import { relay } from "../../roles/relay";
import type { AddressBook } from "../../roles/shared/addresses";
import { suspendedLogins } from "../../roles/shared/suspended";
import { submission } from "../../roles/submission";

export const ALICE = "alice@example.org";
export const MALLORY = "mallory@example.org";

/** Their manifests, and the accounts' file. Both passwords are "right". */
export function firstHost(suspended?: { mail: "keep" | "refuse" }) {
  const hostname = "mail1.example.org";
  const book: AddressBook = {
    domains: [{ name: "example.org" }, { name: "example.net", catchAll: MALLORY }],
    accounts: {
      mailboxes: [
        { address: ALICE, sendAs: [] },
        { address: MALLORY, sendAs: [], ...(suspended && { suspended }) },
      ],
      aliases: {
        "info@example.org": [ALICE, MALLORY],
        "mal@example.org": [MALLORY],
        "sales@example.net": [ALICE],
        "postmaster@example.org": [ALICE],
      },
      groups: [],
    },
    postmaster: "postmaster@example.org",
  };
  const { hashSync } = jest.requireActual<typeof import("bcryptjs")>("bcryptjs");
  const entry = (address: string): UserEntry => ({
    address,
    passwordHash: `{BLF-CRYPT}${hashSync("right", 6)}`,
    quota: 10 ** 9,
    suspended: suspendedLogins(book).includes(address),
  });
  const here = (port: number) => ({ address: "127.0.0.1", port });
  const manifests = {
    mailstore: mailstore.manifest({
      hostname,
      postmaster: book.postmaster,
      relayHosts: ["127.0.0.1"],
      submissionHosts: ["127.0.0.1"],
      outbound: "127.0.0.1:10587",
      controllers: [],
      pop3: true,
      suspended: suspendedLogins(book),
    }),
    submission: submission.manifest({
      ...{ ...book, hostname, relay: here(10025), sasl: here(12345) },
      siteClients: ["127.0.0.1"],
    }),
    relay: relay.manifest({
      ...{ ...book, hostname, mailstore: here(24), dane: false },
      clients: ["127.0.0.1"],
      clientRoles: ["submission"],
    }),
  };
  return { book, manifests, users: passwdFile([entry(ALICE), entry(MALLORY)]) };
}

/** Fixes what the accounts' file belongs to, and where it is. */
export const USERS = "/etc/dovecot/postfleet-users";
export const OWN_USERS = `run("chown", "root:dovecot", "${USERS}"); run("chmod", "0640", "${USERS}")\n`;
