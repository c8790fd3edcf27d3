/** A role as its own component: what is missing is said when it is made, before anything is registered. */
import * as pulumi from "@pulumi/pulumi";
import { componentOf } from "../../components/role";
import { backup } from "../../roles/backup";
import { backupClient } from "../../roles/backup-client";
import { relay } from "../../roles/relay";
import { webmail } from "../../roles/webmail";

const host = { name: "mail1", address: "192.0.2.1", port: 22, user: "root", hostKeys: ["k"] };
const TARGETS = ["back1", "back2"].map((name) => ({ name, address: "192.0.2.7" }));
const CLIENT = { host, client: "mail1", targets: TARGETS, certificates: { back1: "PEM\n", back2: "PEM\n" } };
const CLIENTS = ["mail1", "mail2"].map((name) => ({ name, addresses: ["192.0.2.1"] }));

const registered: string[] = [];
beforeEach(async () => {
  registered.length = 0;
  await pulumi.runtime.setMocks({
    newResource: ({ name, inputs }) => {
      registered.push(name);
      return { id: name, state: inputs };
    },
    call: () => ({}),
  });
});

/** Makes a component of what a program without types may give it. */
// biome-ignore lint/complexity/noBannedTypes: any of the component classes
const make = (role: Function, given: object) => () => Reflect.construct(role, ["it", given]);

test("all secrets that are missing are named at once", () => {
  const act = make(componentOf(backup), { host, clients: CLIENTS, certificate: "PEM\n" });
  expect(act).toThrow(/BackupTarget it: secrets are missing: privateKey, passwords, repositoryPasswords\nhint: /);
  expect(registered).toEqual([]);
});

test("one of many that is not defined is named by its own name, and no secret is shown", () => {
  const secrets = { passwords: { back1: "hunter2", back2: undefined }, repositoryPasswords: { back1: undefined } };
  const act = make(componentOf(backupClient), { ...CLIENT, ...secrets });
  expect(act).toThrow(/secrets are missing: passwords\.back2, repositoryPasswords\.back1\n/);
  expect(act).not.toThrow("hunter2");
});

test("what the arguments ask for and nobody gave, every one", () => {
  const client = make(componentOf(backupClient), { ...CLIENT, passwords: { back1: "x" }, repositoryPasswords: {} });
  expect(client).toThrow(
    /back1 has no password of a repository; the target back2 has no login; the target back2 has no password/,
  );
  const target = make(componentOf(backup), {
    ...{ host, clients: CLIENTS, certificate: "PEM\n", privateKey: "K" },
    ...{ passwords: { mail1: "P", mail2: "P" }, repositoryPasswords: {} },
  });
  expect(target).toThrow(/that of mail1, mail2 is missing/);
  expect(registered).toEqual([]);
});

test("secrets that are outputs are there, and what may be missing may be", () => {
  expect(make(componentOf(webmail), { host, sessionKey: undefined })).toThrow("secrets are missing: sessionKey");
  const later = pulumi.output(Promise.resolve("secret"));
  const given = {
    ...CLIENT,
    passwords: { back1: later, back2: later },
    repositoryPasswords: { back1: later, back2: "x" },
  };
  expect(make(componentOf(backupClient), given)).not.toThrow();
  const args = {
    hostname: "mail1.example.org",
    clients: [],
    clientRoles: ["mx"],
    siteHostnames: [],
    domains: [{ name: "example.org" }],
  };
  const accounts = { mailboxes: [], aliases: { "postmaster@example.org": ["x@example.com"] }, groups: [] };
  expect(make(componentOf(relay), { ...args, accounts, postmaster: "postmaster@example.org", host })).not.toThrow();
});
