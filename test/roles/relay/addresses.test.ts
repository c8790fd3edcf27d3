import { expansions, recipients, senderLogins } from "../../../roles/shared/addresses";
import { book } from "./book";

test("recipients are all addresses that lead somewhere, whole domains as @domain, parked domains not at all", () => {
  expect(recipients(book)).toEqual([
    "@elsewhere.example",
    "@example.net",
    "abuse@example.net",
    "abuse@example.org",
    "alice@example.org",
    "bob@example.org",
    "carol@example.net",
    "contact@example.org",
    "everybody@example.org",
    "info@example.org",
    "postmaster@example.net",
    "postmaster@example.org",
    "team@example.org",
  ]);
});

test("every domain stored here has a postmaster and an abuse address", () => {
  expect(expansions(book).get("abuse@example.net")).toEqual(["postmaster@example.org"]);
  expect(expansions(book).has("postmaster@elsewhere.example")).toBe(false);
});

test("a postmaster that nobody receives for is refused, with what is allowed and a hint", () => {
  expect(() => expansions({ ...book, postmaster: "ghost@example.org" })).toThrow(
    /nobody receives mail for ghost@example\.org.*Allowed.*Hint/,
  );
});

test.each([
  ["its domain has a catch-all", { ...book, postmaster: "ghost@example.net" }],
  ["its domain is handed on", { ...book, postmaster: "ghost@elsewhere.example" }],
  ["no domain has mail", { ...book, postmaster: "ghost@parked.example", domains: book.domains.slice(3) }],
])("a postmaster needs no address of its own where %s", (_, other) => {
  expect(() => expansions(other)).not.toThrow();
});

test("senders: own address, sendAs, aliases through aliases, catch-all; a group only by sendAs", () => {
  const logins = senderLogins(book);
  expect(logins.get("alice@example.org")).toEqual(["alice@example.org"]);
  expect(logins.get("team@example.org")).toEqual(["alice@example.org"]);
  expect(logins.get("info@example.org")).toEqual(["alice@example.org", "bob@example.org"]);
  expect(logins.get("contact@example.org")).toEqual(["alice@example.org", "bob@example.org"]);
  expect(logins.get("@example.net")).toEqual(["alice@example.org"]);
  // Behind this alias stands a group: being a member gives no right to speak for it.
  expect(logins.has("everybody@example.org")).toBe(false);
});

test("an alias loop ends", () => {
  const accounts = {
    ...book.accounts,
    aliases: {
      ...book.accounts.aliases,
      "a@example.org": ["b@example.org"],
      "b@example.org": ["a@example.org", "bob@example.org"],
    },
  };
  expect(senderLogins({ ...book, accounts }).get("a@example.org")).toEqual(["bob@example.org"]);
});
