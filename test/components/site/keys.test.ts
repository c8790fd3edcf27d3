/** Where keys go while they rotate, with rings in the middle of it: see `ringOf` in mocks.ts. */
import { dkimKeyPath } from "../../../roles/filter";
import { SOURCES } from "../../../roles/nameserver/files";
import { declareSite, LAB_YAML, type Registered, revealed, rolesIn, secrets } from "./mocks";

jest.setTimeout(60_000);

const CONF = "/etc/rspamd/override.d/dkim_signing.conf";
const of = (list: Registered[], type: string, name: string) =>
  revealed(list.find((each) => each.type === type && each.name === name)?.inputs) as Record<string, unknown>;

describe("the lab's site in the middle of a rotation", () => {
  let list: Registered[];
  let roles: ReturnType<typeof rolesIn>;
  beforeAll(async () => {
    list = await declareSite(`${LAB_YAML}\nkeys: { dkim: { rotate: 20s, retention: 10s }, tls: { rotate: 1h } }\n`);
    roles = rolesIn(list);
  });
  const zone = () => roles.get("nameserver-mail1")?.files[`${SOURCES}/example.org.zone`]?.content ?? "";
  const records = (name: string) =>
    zone()
      .split("\n")
      .filter((line) => line.startsWith(`${name} `))
      .join("\n");

  test("DNS has every key of the ring, the revoked one as void", () => {
    for (const selector of ["r1", "r2", "r3", "e1", "e2", "e3"])
      expect(records(`${selector}._domainkey`)).toMatch(/p=UFVCTElD\d/);
    expect(records("r0._domainkey")).toMatch(/k=rsa; p=\\?"/);
    expect(records("_25._tcp.mail1").match(/3 1 1/g)).toHaveLength(3);
  });

  test("the filter signs with the active key, and with no other", () => {
    const conf = roles.get("filter-mail1")?.files[CONF]?.content ?? "";
    expect([...conf.matchAll(/selector = "(\w+)"/g)].map(([, selector]) => selector).sort()).toEqual([
      "e2",
      "e2",
      "r2",
      "r2",
    ]);
    const file = (selector: string) =>
      roles.get("filter-mail1")?.secretFiles[dkimKeyPath("example.org", selector)]?.content;
    expect(file("r2")).toBe(secrets.get("dkim-example.org-rsa-r2"));
    // Mail is signed by the key before until rspamd is restarted, at the end of the change.
    expect(file("r1")).toBe(secrets.get("dkim-example.org-rsa-r1"));
    expect(["r0", "r3"].map(file)).toEqual([undefined, undefined]);
  });

  test("the rotation looks where the role writes: the line it looks for is in the file", () => {
    const ring = of(list, "postfleet:dkim:Key", "dkim-example.org-rsa");
    expect(ring).toMatchObject({
      ...{ algorithm: "rsa", prefix: "r", rotate: 20, retention: 10, servers: ["10.66.0.11"] },
      published: [{ name: "example.org", zone: "example.org" }],
    });
    const [holder] = ring.holders as { path: string; role: string; line: string; host: { name: string } }[];
    expect(holder).toMatchObject({ path: CONF, role: "filter", host: { name: "mail1" } });
    const conf = roles.get("filter-mail1")?.files[CONF]?.content ?? "";
    expect(conf).toContain(holder?.line.replaceAll("{selector}", "r2"));
    expect(conf).not.toContain(holder?.line.replaceAll("{selector}", "r1"));
  });

  test("no mail is signed before the name servers show the keys", () => {
    const seen = of(list, "postfleet:dns:Seen", "dkim-seen");
    const names = ["example.net", "example.org"].flatMap((domain) =>
      ["e2", "r2"].map((s) => `${s}._domainkey.${domain}`),
    );
    expect((seen.records as { name: string }[]).map(({ name }) => name).sort()).toEqual(names.sort());
    expect(seen.servers).toEqual(["10.66.0.11"]);
    const waits = (name: string, type: string) =>
      list.find((each) => each.name === name && each.type === type)?.dependencies;
    expect(waits("dkim-seen", "postfleet:dns:Seen")).toContain("nameserver-mail1");
    expect(waits("filter-mail1", "postfleet:mail:Filter")).toContain("dkim-seen");
  });

  test("the key of a certificate is looked for in DNS at every name, and on the host in its certificate", () => {
    const ring = of(list, "postfleet:tls:Key", "tls-mail1");
    expect((ring.published as { name: string }[]).map(({ name }) => name).sort()).toEqual([
      "_25._tcp.mail1.example.org",
      "_465._tcp.smtp.example.org",
      "_587._tcp.smtp.example.org",
      "_993._tcp.imap.example.org",
    ]);
    expect(ring).toMatchObject({
      ...{ rotate: 3600, settle: 120, retention: 120 },
      holders: [{ role: "certificates", path: "/etc/postfleet/tls/mail1.example.org/fullchain.pem" }],
    });
    expect(of(list, "postfleet:tls:Key", "zone-example.org")).not.toHaveProperty("rotate");
  });
});

test("one pair of keys for all domains: two rings, published at each domain, under selectors of their own", async () => {
  const list = await declareSite(`${LAB_YAML}\nkeys: { dkim: { shared: true } }\n`);
  const rings = list.filter(({ type }) => type === "postfleet:dkim:Key");
  expect(rings.map(({ name }) => name).sort()).toEqual(["dkim-shared-ed25519", "dkim-shared-rsa"]);
  const ring = of(list, "postfleet:dkim:Key", "dkim-shared-rsa");
  expect((ring.published as { name: string }[]).map(({ name }) => name)).toEqual(["example.org", "example.net"]);
  expect(ring.prefix).toBe("sr");
  const filter = rolesIn(list).get("filter-mail1");
  expect(Object.keys(filter?.secretFiles ?? {}).sort()).toEqual([
    "/etc/rspamd/dkim/shared.se1.key",
    "/etc/rspamd/dkim/shared.se2.key",
    "/etc/rspamd/dkim/shared.sr1.key",
    "/etc/rspamd/dkim/shared.sr2.key",
  ]);
  expect(filter?.files[CONF]?.content.match(/shared\.sr2\.key/g)).toHaveLength(2);
});

test("where nobody serves the zones there is no gate, and the ring says what to publish", async () => {
  const list = await declareSite(
    LAB_YAML.replace(/^dns:.*(\n {2}.*)*/m, "dns: { provider: none }").replaceAll(/,? ?\bnameserver\b/g, ""),
  );
  expect(list.filter(({ type }) => type === "postfleet:dns:Seen")).toEqual([]);
  const ring = of(list, "postfleet:dkim:Key", "dkim-example.org-rsa");
  expect(ring).toMatchObject({ byHand: true });
  expect(ring).not.toHaveProperty("rotate");
  expect(ring).not.toHaveProperty("servers");
});
