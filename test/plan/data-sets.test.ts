/** Names of data that outlive a host. */
import { planned } from "../../plan";
import type { BackupTargetArgs } from "../../roles/backup";
import type { BackupClientArgs } from "../../roles/backup-client";
import type { Facts } from "../../roles/define";
import type { SecretRef } from "../../roles/secrets";
import { planOf, SPREAD, siteOf } from "./sites";

const REPLACED = SPREAD.replace(
  "  store1: { address: 192.0.2.5, address6: 2001:db8::5, location: lille, roles: [mailstore] }",
  `  store1: { address: 192.0.2.5, location: lille, roles: [mailstore], lost: true }
  store2: { address: 192.0.2.15, location: lille, roles: [mailstore], replaces: store1 }`,
);

/** What a backup client is told, and the ids of its secrets. */
function clientOf(yaml: string, host: string) {
  const found = planned(siteOf(yaml)).deployments.find(({ instance }) => instance.id === `backup-client-${host}`);
  const refs = found?.role.secrets?.refs.make(found.context, {} as Facts);
  return {
    args: found?.args as BackupClientArgs | undefined,
    passwords: refs?.repositoryPasswords as Record<string, SecretRef>,
  };
}

test("data is named after its host", () => {
  expect(planOf(SPREAD).dataSets.map(({ name, host }) => [name, host])).toContainEqual(["store1", "store1"]);
});

test("a host that replaces another has that one's data: the same login, repository and password at every target", () => {
  expect(planOf(REPLACED).dataSets.map(({ name, host }) => [name, host])).toContainEqual(["store1", "store2"]);
  const [before, after] = [clientOf(SPREAD, "store1"), clientOf(REPLACED, "store2")];
  expect(before.args?.client).toBe("store1");
  expect(after.args?.client).toBe("store1");
  expect(after.passwords).toEqual(before.passwords);
  expect(Object.keys(after.passwords)).toEqual(["back1", "back2"]);
});

test("the target knows it under the same name, at its new address", () => {
  const target = planned(siteOf(REPLACED)).deployments.find(({ instance }) => instance.id === "backup-back1");
  const { clients = [] } = (target?.args ?? {}) as { clients?: object[] };
  expect(clients).toContainEqual(expect.objectContaining({ name: "store1", addresses: ["192.0.2.15"] }));
});

describe.each([
  ["spread", SPREAD],
  ["replaced", REPLACED],
])("%s: client and target agree", (_, yaml) => {
  const { deployments } = planned(siteOf(yaml));
  const targets = deployments.filter(({ instance }) => instance.role === "backup");
  const clients = deployments.filter(({ instance }) => instance.role === "backup-client" && !instance.lost);

  test("on the port of each client's server, which nobody else has", () => {
    expect([targets.length, clients.length]).toEqual([2, 6]);
    for (const target of targets) {
      const args = target.args as BackupTargetArgs;
      const listening = target.instance.listens.map(({ port }) => port);
      expect(new Set(listening).size).toBe(clients.length);
      const asked = clients.map((one) => {
        const { client, targets } = one.args as BackupClientArgs;
        return [client, targets.find(({ name }) => name === target.instance.host)?.port];
      });
      expect(asked).toEqual(
        asked.map(([name]) => [name, listening[args.clients.findIndex((one) => one.name === name)]]),
      );
    }
  });
});

test("a target that shall not read the backups gets no password of a repository, and its clients do", () => {
  const yaml = SPREAD.replace("backups: {}", "backups: { readableByTarget: false }");
  const target = planned(siteOf(yaml)).deployments.find(({ instance }) => instance.id === "backup-back1");
  expect(target?.args).toMatchObject({ upkeep: false });
  const refs = target?.role.secrets?.refs.make(target.context, {} as Facts);
  expect(Object.keys(refs?.passwords ?? {})).toHaveLength(6);
  expect(refs?.repositoryPasswords).toEqual({});
  expect(Object.keys(clientOf(yaml, "store1").passwords)).toEqual(["back1", "back2"]);
});

test("the name goes on from host to host, also when those before are out of the file", () => {
  const third = REPLACED.replace(
    "  store2: { address: 192.0.2.15, location: lille, roles: [mailstore], replaces: store1 }",
    `  store2: { address: 192.0.2.15, location: lille, roles: [mailstore], lost: true, replaces: store1 }
  store3: { address: 192.0.2.16, location: lille, roles: [mailstore], replaces: store2 }`,
  );
  expect(planOf(third).dataSets.map(({ name, host }) => [name, host])).toContainEqual(["store1", "store3"]);
  const forgotten = REPLACED.replace(/^ {2}store1:.*\n/m, "");
  expect(planOf(forgotten).dataSets.map(({ name, host }) => [name, host])).toContainEqual(["store1", "store2"]);
});

test.each([
  ["a host that is still there", "store1: { address: 192.0.2.5, location: lille, roles: [mailstore], replaces: mx1 }"],
  ["itself", "store1: { address: 192.0.2.5, location: lille, roles: [mailstore], replaces: store1 }"],
])("%s cannot be replaced", (_what, line) => {
  expect(() => siteOf(SPREAD.replace(/ {2}store1:.*/, `  ${line}`))).toThrow(/replaces/);
});

test("two hosts cannot replace the same one: they would write into one backup", () => {
  const twice = REPLACED.replace("roles: [webmail] }", "roles: [webmail], replaces: store1 }");
  expect(() => siteOf(twice)).toThrow("is replaced by");
});
