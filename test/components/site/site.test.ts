import * as pulumi from "@pulumi/pulumi";
import { REGISTRY } from "../../../roles";
import { SOURCES } from "../../../roles/nameserver/files";
import { declareSite, LAB_YAML, type Registered, revealed, rolesIn, secrets } from "./mocks";

const named = (list: Registered[], name: string, type: string) =>
  list.find((each) => each.name === name && each.type === type);

describe("the lab's site", () => {
  let list: Registered[];
  beforeAll(async () => {
    list = await declareSite(LAB_YAML);
  });

  test("consists of exactly these resources", () => {
    const lines = list.map(({ type, name, parent }) => `${type} ${name} < ${parent}`).sort();
    expect(lines).toMatchInlineSnapshot(`
[
  "postfleet:acme:Account acme < site",
  "postfleet:dkim:Key dkim-example.net-ed25519 < site",
  "postfleet:dkim:Key dkim-example.net-rsa < site",
  "postfleet:dkim:Key dkim-example.org-ed25519 < site",
  "postfleet:dkim:Key dkim-example.org-rsa < site",
  "postfleet:dns:Seen dkim-seen < site",
  "postfleet:host:Role backup-back1 < backup-back1",
  "postfleet:host:Role backup-client-mail1 < backup-client-mail1",
  "postfleet:host:Role bans-mail1 < bans-mail1",
  "postfleet:host:Role certificates-mail1 < certificates-mail1",
  "postfleet:host:Role filter-mail1 < filter-mail1",
  "postfleet:host:Role host-back1 < host-back1",
  "postfleet:host:Role host-mail1 < host-mail1",
  "postfleet:host:Role mailstore-mail1 < mailstore-mail1",
  "postfleet:host:Role mx-mail1 < mx-mail1",
  "postfleet:host:Role nameserver-mail1 < nameserver-mail1",
  "postfleet:host:Role relay-mail1 < relay-mail1",
  "postfleet:host:Role submission-mail1 < submission-mail1",
  "postfleet:host:Role webmail-mail1 < webmail-mail1",
  "postfleet:index:Site site < ",
  "postfleet:mail:Accounts accounts < site",
  "postfleet:mail:BackupClient backup-client-mail1 < site",
  "postfleet:mail:BackupTarget backup-back1 < site",
  "postfleet:mail:Bans bans-mail1 < site",
  "postfleet:mail:Certificates certificates-mail1 < site",
  "postfleet:mail:Filter filter-mail1 < site",
  "postfleet:mail:Host host-back1 < site",
  "postfleet:mail:Host host-mail1 < site",
  "postfleet:mail:Mailstore mailstore-mail1 < site",
  "postfleet:mail:Mx mx-mail1 < site",
  "postfleet:mail:Nameserver nameserver-mail1 < site",
  "postfleet:mail:Relay relay-mail1 < site",
  "postfleet:mail:Submission submission-mail1 < site",
  "postfleet:mail:Webmail webmail-mail1 < site",
  "postfleet:tls:Key backup-back1 < site",
  "postfleet:tls:Key tls-mail1 < site",
  "postfleet:tls:Key zone-example.net < site",
  "postfleet:tls:Key zone-example.org < site",
  "pulumi:providers:postfleet postfleet < ",
  "random:index/randomPassword:RandomPassword accounts-alice@example.org < accounts",
  "random:index/randomPassword:RandomPassword accounts-bob@example.org < accounts",
  "random:index/randomPassword:RandomPassword accounts-carol@example.net < accounts",
  "random:index/randomPassword:RandomPassword backup-mail1-back1-login < site",
  "random:index/randomPassword:RandomPassword backup-mail1-back1-repository < site",
  "random:index/randomPassword:RandomPassword webmail-mail1-session-key < webmail-mail1",
]
`);
  });

  test("a role waits for what it needs, on whatever host, and for nothing else", () => {
    const hostOf = (role: string) => (role.startsWith("backup-back1") || role === "host-back1" ? "back1" : "mail1");
    const placed = [...rolesIn(list).keys()];
    for (const name of placed) {
      const host = hostOf(name);
      const role = name.slice(0, -host.length - 1);
      const declared = REGISTRY.find((each) => each.name === role)?.needs ?? [];
      const base = role === "host" ? [] : [`host-${host}`];
      const needs = declared.flatMap((need) => placed.filter((other) => other === `${need.role}-${hostOf(other)}`));
      const component = list.find((each) => each.name === name && each.type.startsWith("postfleet:mail:"));
      const waitsFor = component?.dependencies.filter((each) => placed.includes(each)).sort();
      expect({ name, waitsFor }).toEqual({ name, waitsFor: [...base, ...needs].sort() });
    }
  });

  test("secrets are in secret files and nowhere else", () => {
    const open = list
      .filter(({ type }) => type === "postfleet:host:Role")
      .map(({ name, inputs: { secretFiles: _, ...rest } }) => ({ name, text: JSON.stringify(revealed(rest)) }));
    const closed = JSON.stringify([...rolesIn(list).values()].map(({ secretFiles }) => secretFiles));
    expect(secrets.size).toBe(31);
    for (const [name, secret] of secrets) {
      const line = secret.split("\n").find((each) => each.length > 20 && !each.startsWith("-----")) ?? secret;
      for (const role of open) expect(`${role.name} ${role.text.includes(line)} ${name}`).toContain("false");
    }
    // The test looks for the right thing: what should be in the secret files is there.
    for (const name of ["acme", "backup-mail1-back1-login", "webmail-mail1-session-key", "accounts-bob@example.org"]) {
      expect(closed).toContain(secrets.get(name));
    }
  });

  test("what is secret is marked so, and what is not is not: one secret would hide a whole diff", () => {
    for (const { inputs, name } of list.filter(({ type }) => type === "postfleet:host:Role")) {
      const { secretFiles, ...rest } = inputs;
      const marked = Object.entries(rest).filter(([, value]) => containsSecret(value));
      expect({ name, marked: marked.map(([key]) => key) }).toEqual({ name, marked: [] });
      expect({ name, secret: containsSecret(secretFiles) }).toEqual({
        name,
        secret: Object.keys(revealed(secretFiles) as object).length > 0,
      });
    }
  });

  test("mail1 is backed up to back1, by passwords that both know", () => {
    const roles = rolesIn(list);
    const client = roles.get("backup-client-mail1");
    expect(Object.keys(client?.secretFiles ?? {})).toEqual(["/etc/postfleet/backup/back1.env"]);
    expect(client?.secretFiles["/etc/postfleet/backup/back1.env"]?.content).toContain("10.66.0.21");
    expect(client?.host.name).toBe("mail1");
    expect(roles.get("backup-back1")?.host.name).toBe("back1");
    const repository = secrets.get("backup-mail1-back1-repository") ?? "none";
    expect(JSON.stringify(client?.secretFiles)).toContain(repository);
    expect(JSON.stringify(roles.get("backup-back1")?.secretFiles)).toContain(repository);
  });

  test("the webmail's session key is as long as its cipher wants", () => {
    const key = named(list, "webmail-mail1-session-key", "random:index/randomPassword:RandomPassword");
    expect(key?.inputs).toMatchObject({ length: 32, special: false });
  });

  test("passwords are the site's output, secret", () => {
    expect(named(list, "accounts-alice@example.org", "random:index/randomPassword:RandomPassword")).toBeDefined();
    expect(named(list, "accounts-info@example.org", "random:index/randomPassword:RandomPassword")).toBeUndefined();
  });
});

function containsSecret(value: unknown): boolean {
  if (pulumi.runtime.isRpcSecret(value)) return true;
  return typeof value === "object" && value !== null && Object.values(value).some(containsSecret);
}

describe("a host that is lost", () => {
  const LOST = LAB_YAML.replace(
    "    location: lille\n",
    "    location: lille\n    hostname: mail.example.org\n    lost: true\n",
  ).replace(
    "  back1:\n",
    `  mail2:
    address: 10.66.0.12
    location: lille
    hostname: mail.example.org
    roles: [mx, submission, relay, filter, mailstore, webmail, nameserver]
  back1:
`,
  );
  let roles: ReturnType<typeof rolesIn>;
  let list: Registered[];
  beforeAll(async () => {
    list = await declareSite(LOST);
    roles = rolesIn(list);
  });

  test("keeps its roles in the program, so that they are forgotten without contact when it leaves the site file", () => {
    const lost = [...roles].filter(([, role]) => role.host.name === "mail1");
    expect(lost.map(([name]) => name).sort()).toEqual([
      "backup-client-mail1",
      "bans-mail1",
      "certificates-mail1",
      "filter-mail1",
      "host-mail1",
      "mailstore-mail1",
      "mx-mail1",
      "nameserver-mail1",
      "relay-mail1",
      "submission-mail1",
      "webmail-mail1",
    ]);
    for (const [name, role] of roles)
      expect([name, role.host.lost ?? false]).toEqual([name, role.host.name === "mail1"]);
  });

  test("serves nothing, and nobody waits for it to answer by its address", () => {
    const others = [...roles].filter(([, role]) => role.host.name !== "mail1");
    for (const [name, role] of others) {
      expect(`${name} ${JSON.stringify(role.files).match(/10\.66\.0\.11\b|fd66::11\b/)?.[0] ?? "is free of it"}`).toBe(
        `${name} is free of it`,
      );
    }
  });

  test("leaves its name to the host that replaces it: DNS publishes the new key", () => {
    const zone = roles.get("nameserver-mail2")?.files[`${SOURCES}/example.org.zone`]?.content ?? "";
    const key = (name: string) => Buffer.from(name).toString("hex");
    expect(zone).toContain(key("tls-mail2"));
    expect(zone).not.toContain(key("tls-mail1"));
  });

  test("makes place for the new host in the backups", () => {
    expect(Object.keys(roles.get("backup-client-mail2")?.secretFiles ?? {})).toEqual([
      "/etc/postfleet/backup/back1.env",
    ]);
    expect(Object.keys(roles.get("backup-back1")?.secretFiles ?? {}).join(" ")).toContain("mail2");
  });
});
