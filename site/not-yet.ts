/** What the format knows and this version cannot do yet: refused with what to do instead, in one place. */

/** Sources of accounts to come. */
export const LATER_SOURCES = {
  sql: "declare the accounts in this file for now: `source: file`",
  ldap: "declare the accounts in this file for now: `source: file`",
};

/** Roles to come. */
export const LATER_ROLES = Object.fromEntries(
  ["imap-proxy", "database", "directory", "lists", "monitoring"].map((role) => [
    role,
    "remove it; the roles of this version stand under `allowed`",
  ]),
);
