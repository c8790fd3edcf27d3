/** Connections of a site, with what installations say of its hosts. */
import * as pulumi from "@pulumi/pulumi";
import { connection, connections, type Installation } from "../../components/connections";
import type { HostSpec } from "../../site/types";
import { site } from "../plan/dns/fixture";

const [first, second] = site().hosts as [HostSpec, HostSpec];
const gate = { ...first, name: "gate", hostKeys: ["ssh-ed25519 GATE"] };
const inner = { ...second, name: "inner", jump: "gate", hostKeys: ["ssh-ed25519 INNER"] };
const SITE = site({ hosts: [inner, gate] });

const of = (name: string, installations: Record<string, Installation>) =>
  new Promise((resolve) =>
    connections(SITE, new Map(Object.entries(installations)))
      .get(name)
      ?.apply(resolve),
  );
const installed = (hostKeys: string[], installedAt?: string): Installation => ({
  hostKeys: pulumi.output(hostKeys),
  installedAt: pulumi.output(installedAt),
});

beforeAll(() => pulumi.runtime.setMocks({ newResource: ({ name }) => ({ id: name, state: {} }), call: () => ({}) }));

test("without installations they are as the site file has them", async () => {
  const plain = connection(SITE, inner);
  expect(plain).toMatchObject({ hostKeys: inner.hostKeys, jump: { name: "gate", hostKeys: gate.hostKeys } });
  expect(await of("inner", {})).toEqual(plain);
});

test("what an installation says counts for the host, and for those that are reached through it", async () => {
  const known = { gate: installed(["ssh-ed25519 NEW"], "2026-11-22T10:00:00Z") };
  const through = { ...connection(SITE, gate), hostKeys: ["ssh-ed25519 NEW"], installed: "2026-11-22T10:00:00Z" };
  expect(await of("gate", known)).toEqual(through);
  expect(await of("inner", known)).toEqual({ ...connection(SITE, inner), jump: through });
});

test("an installation that brought no key leaves those of the file", async () => {
  expect(await of("gate", { gate: installed([]) })).toEqual(connection(SITE, gate));
});

test("a host waits for no installation but those on its way", async () => {
  const never = pulumi.output(new Promise<string[]>(() => {}));
  expect(await of("gate", { inner: { ...installed([]), hostKeys: never } })).toEqual(connection(SITE, gate));
});
