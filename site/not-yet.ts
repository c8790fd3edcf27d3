/** What the format knows and this version cannot do yet: refused with what to do instead, in one place. */
import type { RoleName } from "./types";

/** Roles that several hosts may have at once. All others stand on one host for now. */
export const ON_SEVERAL_HOSTS: ReadonlySet<RoleName> = new Set(["mx", "filter", "backup"]);

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
