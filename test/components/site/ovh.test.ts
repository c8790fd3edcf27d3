/** A site at OVH under mocks: what is asked of OVH, and in which order roles, zones and reverse names follow. */

import { generateKeyPairSync } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { RoleInputs } from "../../../provider/manifest";
import { declareSite, type Registered, revealed, rolesIn } from "./mocks";

const EXAMPLE = readFileSync(join(__dirname, "..", "..", "..", "stacks", "ovh.example.yaml"), "utf8");
const operator = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({
  type: "pkcs1",
  format: "pem",
});

let list: Registered[];
beforeAll(async () => {
  const more = "nas: { zpool-1: { partitions: { mail: { size: 500G, access: [mail1] } } } }, vrack: pn-66";
  list = await declareSite(EXAMPLE.replace("ovh: { endpoint: ovh-eu }", `ovh: { endpoint: ovh-eu, ${more} }`), {
    sshPrivateKey: operator.toString(),
    ovh: { applicationKey: "ak", applicationSecret: "hush-hush", consumerKey: "ck" },
  });
});

const of = (type: string) => list.filter((each) => each.type === type);
const inputsOf = (type: string, name: string) =>
  revealed(of(type).find((each) => each.name === name)?.inputs ?? {}) as Record<string, unknown>;
const component = (name: string) => list.find((each) => each.name === name && each.type.startsWith("postfleet:mail:"));

test("is made of these resources at OVH", () => {
  expect(
    list
      .filter(({ type }) => /:(ovh|dns|ssh):/.test(type))
      .map(({ type, name, parent }) => `${type} ${name} < ${parent}`)
      .sort(),
  ).toEqual([
    "postfleet:dns:Seen dkim-seen < site",
    "postfleet:dns:Zone campus-lists.example < site",
    "postfleet:dns:Zone campus.example < site",
    "postfleet:ovh:BackupStorage mail1 < ovh-mail1",
    "postfleet:ovh:Host ovh-back1 < site",
    "postfleet:ovh:Host ovh-mail1 < site",
    "postfleet:ovh:IpFirewall back1-198.51.100.52 < ovh-back1",
    "postfleet:ovh:IpFirewall mail1-192.0.2.51 < ovh-mail1",
    "postfleet:ovh:Monitoring mail1 < ovh-mail1",
    "postfleet:ovh:NasShare zpool-1-mail < site",
    "postfleet:ovh:ReverseName 192.0.2.51 < ovh-mail1",
    "postfleet:ovh:ReverseName 198.51.100.52 < ovh-back1",
    "postfleet:ovh:ReverseName 2001:db8:51::1 < ovh-mail1",
    "postfleet:ovh:ReverseName 2001:db8:52::1 < ovh-back1",
    "postfleet:ovh:ServerInstall back1 < ovh-back1",
    "postfleet:ovh:ServerInstall mail1 < ovh-mail1",
    "postfleet:ovh:Vrack pn-66 < site",
    "postfleet:ssh:HostKey back1 < ovh-back1",
    "postfleet:ssh:HostKey mail1 < ovh-mail1",
  ]);
});

test("hosts are spoken to by the keys that they were given, and their roles follow a new installation", () => {
  const roles = rolesIn(list);
  expect((roles.get("mx-mail1") as RoleInputs).host).toMatchObject({
    address: "192.0.2.51",
    hostKeys: ["ssh-ed25519 key-of-mail1"],
    installed: "2026-11-22T10:00:00Z",
  });
  expect(inputsOf("postfleet:ovh:ServerInstall", "mail1")).toMatchObject({
    sshKey: expect.stringMatching(/^ssh-rsa AAAA/),
    hostname: "mail1.campus.example",
    reinstall: "2026-11-22",
    partitions: [{ mount: "/boot" }, { mount: "swap" }, { mount: "/", size: 0 }],
  });
});

test("a ring of keys is not changed by a new installation of its holder", () => {
  const [holder] = inputsOf("postfleet:dkim:Key", "dkim-campus.example-rsa").holders as [{ host: object }];
  expect(holder.host).toMatchObject({ hostKeys: ["ssh-ed25519 key-of-mail1"] });
  expect(holder.host).not.toHaveProperty("installed");
});

test("certificates and signatures wait for the zones, reverse names too", () => {
  const zones = ["campus-lists.example", "campus.example"];
  expect(component("certificates-mail1")?.dependencies).toEqual(expect.arrayContaining(zones));
  expect(of("postfleet:dns:Seen")[0]?.dependencies).toEqual(expect.arrayContaining(zones));
  expect(component("filter-mail1")?.dependencies).toContain("dkim-seen");
  for (const reverse of of("postfleet:ovh:ReverseName")) {
    expect(reverse.dependencies).toEqual(expect.arrayContaining(zones));
  }
});

test("each zone has its own records, those of keys included", () => {
  const { records } = inputsOf("postfleet:dns:Zone", "campus.example") as {
    records: Record<string, { values: string[] }>;
  };
  expect(Object.keys(records)).toEqual(
    expect.arrayContaining(["campus.example MX", "mail1.campus.example A", "r2._domainkey.campus.example TXT"]),
  );
  expect(Object.keys(records).filter((key) => key.split(" ")[0]?.endsWith("campus-lists.example"))).toEqual([]);
});

test("the credentials are a secret of the provider, and nowhere else", () => {
  const provider = of("pulumi:providers:postfleet")[0];
  expect(JSON.parse(String((revealed(provider?.inputs) as { ovh: string }).ovh))).toEqual({
    ...{ endpoint: "ovh-eu", applicationKey: "ak", applicationSecret: "hush-hush", consumerKey: "ck" },
  });
  expect(JSON.stringify(provider?.inputs.ovh)).toContain("4dabf18193072939515e22adb298388d");
  expect(JSON.stringify(list.filter((each) => each !== provider).map(({ inputs }) => inputs))).not.toContain(
    "hush-hush",
  );
});
