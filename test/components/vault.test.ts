/**
 * A damaged state of the keys is an error that names the key, and shows none; and a secret that two ask for is one. Which files
 * there are: site/keys.test.ts.
 */
import * as pulumi from "@pulumi/pulumi";
import { Accounts } from "../../components/accounts";
import { privateKeyOf, Vault } from "../../components/vault";
import { plan } from "../../plan";
import type { SecretRef } from "../../roles/secrets";
import { SPREAD, siteOf } from "../plan/sites";

const pem = (all: Record<string, string>) => privateKeyOf("dkim-example.org-rsa", all, "r1");

test("a ring's private keys are found by their selectors", () => {
  expect(pem({ r1: "one", r2: "two" })).toBe("one");
});

test("a private key that is missing", () => {
  const act = () => pem({ r2: "two" });
  expect(act).toThrow(/dkim-example\.org-rsa .* the private key r1 is missing/);
  expect(act).toThrow(/hint: /);
  expect(act).not.toThrow(/two/);
});

describe("a secret that several ask for", () => {
  class Asker extends pulumi.ComponentResource {
    constructor(name: string) {
      super("test:index:Asker", name);
    }
  }
  const made: string[] = [];
  let vault: Vault;
  let askers: [Asker, Asker];
  beforeAll(async () => {
    await pulumi.runtime.setMocks({
      newResource: ({ name, inputs }) => {
        made.push(name);
        return { id: name, state: { ...inputs, result: `secret of ${name}`, privateKeyPem: `key of ${name}` } };
      },
      call: () => ({}),
    });
    const site = siteOf(SPREAD);
    const nothing = { ...plan(site), rings: [], signers: [] };
    vault = new Vault(site, nothing, new Map(), new Accounts("accounts", { mailboxes: [] }), undefined, undefined, {});
    askers = [new Asker("one"), new Asker("two")];
  });

  const value = (ref: SecretRef, asker?: Asker) =>
    new Promise((resolve) => vault.resolve(ref, asker).apply((secret) => resolve(secret)));
  const LOGIN: SecretRef = { kind: "password", id: "login", length: 40, of: "site" };
  const SESSION: SecretRef = { kind: "password", id: "session", length: 32, of: "instance" };
  const KEY: SecretRef = { kind: "key", id: "target", algorithm: "ed25519" };

  test.each([LOGIN, SESSION, KEY])("is made once: $kind $id", async (ref) => {
    const [asker] = askers;
    expect(await value(ref, asker)).toBe(await value({ ...ref }, asker));
    expect(made.filter((name) => name === (ref as { id: string }).id)).toHaveLength(1);
  });

  test("may have the name of another kind of secret", async () => {
    expect(await value({ kind: "password", id: "target", length: 40, of: "site" })).toBe("secret of target");
  });

  test.each<[SecretRef, SecretRef]>([
    [LOGIN, { ...LOGIN, length: 20 }],
    [LOGIN, { ...LOGIN, of: "instance" }],
    [SESSION, { ...SESSION, of: "site" }],
    [SESSION, { ...SESSION, length: 33 }],
    [KEY, { ...KEY, algorithm: "p256" }],
  ])("with other parameters is refused: %j, then %j", async (first, other) => {
    const [asker] = askers;
    const secret = await value(first, asker);
    const act = () => vault.resolve(other, asker);
    expect(act).toThrow(/is asked for twice, differently: \{.*\} and \{.*\}\nhint: /);
    expect(act).not.toThrow(String(secret));
  });

  test("of one instance is not given to another", async () => {
    const [first, other] = askers;
    await value(SESSION, first);
    expect(() => vault.resolve(SESSION, other)).toThrow(
      /password session belongs to one instance, and another asks for it/,
    );
  });
});
