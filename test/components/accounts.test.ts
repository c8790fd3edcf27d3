/** Passwords are made once, for those mailboxes only that bring none. Mocks prove inputs, not what a host does. */
import * as pulumi from "@pulumi/pulumi";
import { Accounts, passwdFile } from "../../components/accounts";

const value = <T>(output: pulumi.Output<T>) => new Promise<T>((resolve) => output.apply((v) => resolve(v)));

test("a line is login, hash and quota; order follows the address", () => {
  const hash = "{BLF-CRYPT}$2b$10$abc";
  const lines = passwdFile([
    { address: "bob@example.org", passwordHash: hash, quota: 20 },
    { address: "Alice@example.org", passwordHash: hash, quota: 10 },
  ]).split("\n");
  expect(lines.slice(1)).toEqual([
    `alice@example.org:${hash}::::::userdb_quota_storage_size=10B`,
    `bob@example.org:${hash}::::::userdb_quota_storage_size=20B`,
    // By it Dovecot sees that the file is whole.
    "!end:::::::nopassword",
    "",
  ]);
});

test.each(["plain password", "$2b$10$abc", "{BLF-CRYPT}a:b", "{BLF-CRYPT}a\nroot::"])(
  "%j is refused as a hash, by name of the account and without showing it",
  (passwordHash) => {
    const make = () => passwdFile([{ address: "bob@example.org", passwordHash, quota: 1 }]);
    expect(make).toThrow(/hash of bob@example\.org .*Hint: `doveadm pw/);
    expect(make).not.toThrow(passwordHash);
  },
);

test("the component", async () => {
  const made: [string, string, Record<string, unknown>][] = [];
  await pulumi.runtime.setMocks({
    newResource: (args) => {
      made.push([args.type, args.name, args.inputs]);
      return { id: args.name, state: { ...args.inputs, result: `pw-${args.name}`, bcryptHash: `$2a$${args.name}` } };
    },
    call: () => ({}),
  });
  const accounts = new Accounts("accounts", {
    mailboxes: [
      { address: "alice@example.org", name: "Alice", quota: 1, sendAs: [] },
      { address: "bob@example.org", name: "Bob", quota: 2, sendAs: [], passwordHash: "{BLF-CRYPT}$2y$given" },
    ],
  });
  const users = await value(accounts.users);
  expect(users).toContain("\nalice@example.org:{BLF-CRYPT}$2a$accounts-alice@example.org::::::");
  expect(users).toContain("\nbob@example.org:{BLF-CRYPT}$2y$given::::::");
  expect(await value(accounts.passwords)).toEqual({ "alice@example.org": "pw-accounts-alice@example.org" });
  expect(await pulumi.isSecret(accounts.users)).toBe(true);
  expect(await pulumi.isSecret(accounts.passwords)).toBe(true);
  expect(made.map(([type, name]) => [type, name])).toEqual([
    ["postfleet:mail:Accounts", "accounts"],
    ["random:index/randomPassword:RandomPassword", "accounts-alice@example.org"],
  ]);
  expect(made[1]?.[2]).toMatchObject({ length: 24, special: false });
});
