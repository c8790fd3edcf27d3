/** An address book with one of everything, for the tests of the mail roles. */
import type { AddressBook } from "../../../roles/shared/addresses";
import type { RoleName } from "../../../site";

export const book: AddressBook = {
  domains: [
    { name: "example.org" },
    { name: "example.net", catchAll: "alice@example.org" },
    { name: "elsewhere.example", transport: "[mail.elsewhere.example]:25" },
    { name: "parked.example", mail: false },
  ],
  postmaster: "postmaster@example.org",
  accounts: {
    mailboxes: [
      { address: "alice@example.org", sendAs: ["team@example.org"] },
      { address: "bob@example.org", sendAs: [] },
      { address: "carol@example.net", sendAs: [] },
    ],
    aliases: {
      "postmaster@example.org": ["alice@example.org"],
      "info@example.org": ["alice@example.org", "bob@example.org"],
      "contact@example.org": ["info@example.org"],
      "everybody@example.org": ["team@example.org"],
    },
    groups: [{ address: "team@example.org", members: ["alice@example.org", "carol@example.net"], internal: true }],
  },
};

export const site = {
  hostname: "mail1.example.org",
  siteHosts: ["192.0.2.11", "2001:db8::11"],
  clients: ["192.0.2.11", "2001:db8::11"],
  clientRoles: ["mx", "submission"] satisfies RoleName[],
  siteHostnames: ["mail1.example.org", "back1.example.org"],
};

/** Lines of a table without its comments. */
export const lines = (text: string): string[] =>
  text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));

/** Value of a parameter of main.cf. */
export function parameter(mainCf: string, name: string): string | undefined {
  const joined = mainCf.replace(/^#.*\n/gm, "").replace(/\n[ \t]+/g, " ");
  return joined.match(new RegExp(`^${name} =[ \\t]*(.*)$`, "m"))?.[1];
}
