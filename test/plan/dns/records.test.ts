import { reverseNames } from "../../../plan/dns/host-records";
import { byText, inOrder } from "../../../plan/dns/records";
import { zoneNames } from "../../../plan/dns/zones";
import { certificateNames } from "../../../plan/names";
import { txt } from "../../../roles/shared/records";
import { mtaStsId, mtaStsPolicy } from "../../../roles/webmail/mta-sts";
import type { DomainSpec, SiteSpec } from "../../../site/types";
import { domain, host, KEYS, ovhHost, recordsOf, site } from "./fixture";

const values = (spec: SiteSpec, name: string, type: string) =>
  recordsOf(spec).find((record) => record.name === name && record.type === type)?.values;

describe("the order of record sets", () => {
  const set = (zone: string | undefined, name: string, type: "A" | "TXT", ring = "") => ({ zone, name, type, ring });
  const SORTED = [
    set("example.net", "example.net", "A"),
    set("example.org", "example.org", "A"),
    set("example.org", "example.org", "TXT"),
    set("example.org", "{selector}._domainkey.example.org", "TXT", "rsa"),
    set("example.org", "{selector}._domainkey.example.org", "TXT", "ed25519"),
    set("example.org", "www.example.org", "A"),
    set("example.org", "a.www.example.org", "A"),
    set("example.org-x", "example.org-x", "A"),
    set(undefined, "example.com", "A"),
  ];

  test("is that of zones, names from the apex down and types; those of several rings stay as they are", () => {
    const turned = [...SORTED.slice(5), ...SORTED.slice(3, 5), ...SORTED.slice(0, 3).reverse()];
    expect(inOrder(turned)).toEqual(SORTED);
    expect(inOrder(SORTED)).toEqual(SORTED);
  });

  test("is one: two texts are equal, or one is before the other", () => {
    const texts = ["a", "b", "a b", "", "B", "\u00e9"];
    for (const one of texts)
      for (const other of texts) {
        expect(byText(one, other) + byText(other, one)).toBe(0);
        expect(byText(one, other) === 0).toBe(one === other);
      }
  });
});

describe("every record of a single-host site", () => {
  test.each([
    ["example.org", "MX", ["10 mail1.example.org."]],
    ["example.org", "NS", ["mail1.example.org."]],
    ["example.org", "TXT", ['"v=spf1 ip4:192.0.2.11 ip6:2001:db8::11 -all"']],
    ["mail1.example.org", "A", ["192.0.2.11"]],
    ["mail1.example.org", "AAAA", ["2001:db8::11"]],
    ["mail1.example.org", "TXT", ['"v=spf1 a -all"']],
    ["back1.example.org", "A", ["192.0.2.21"]],
    ["back1.example.org", "AAAA", undefined],
    ["imap.example.org", "AAAA", ["2001:db8::11"]],
    ["smtp.example.org", "A", ["192.0.2.11"]],
    ["webmail.example.org", "A", ["192.0.2.11"]],
    ["mta-sts.example.net", "A", ["192.0.2.11"]],
    ["autoconfig.example.net", "A", ["192.0.2.11"]],
    ["autodiscover.example.net", "AAAA", ["2001:db8::11"]],
    ["e1._domainkey.example.org", "TXT", [`"v=DKIM1; k=ed25519; p=${"B".repeat(44)}"`]],
    ["_dmarc.example.org", "TXT", ['"v=DMARC1; p=reject; rua=mailto:postmaster@example.org"']],
    ["_dmarc.example.net", "TXT", ['"v=DMARC1; p=quarantine; rua=mailto:postmaster@example.net"']],
    ["_smtp._tls.example.org", "TXT", ['"v=TLSRPTv1; rua=mailto:postmaster@example.org"']],
    ["_25._tcp.mail1.example.org", "TLSA", [`3 1 1 ${"ab".repeat(32)}`]],
    ["_993._tcp.imap.example.org", "TLSA", [`3 1 1 ${"ab".repeat(32)}`]],
    ["_imaps._tcp.example.net", "SRV", ["0 1 993 imap.example.org."]],
    ["_imap._tcp.example.net", "SRV", ["0 0 0 ."]],
    ["_pop3s._tcp.example.net", "SRV", ["0 0 0 ."]],
    ["_submissions._tcp.example.org", "SRV", ["0 1 465 smtp.example.org."]],
    ["_submission._tcp.example.org", "SRV", ["0 1 587 smtp.example.org."]],
    ["_sieve._tcp.example.org", "SRV", ["0 1 4190 imap.example.org."]],
    ["_autodiscover._tcp.example.net", "SRV", ["0 1 443 autodiscover.example.net."]],
    [
      "example.net",
      "CAA",
      ['0 issue "ca.example; validationmethods=http-01; accounturi=https://ca.example/acct/7"', '0 issuewild ";"'],
    ],
  ])("%s %s", (name, type, expected) => {
    expect(values(site(), name, type)).toEqual(expected);
  });

  test("each says why, where it is specified, and whether it must be", () => {
    for (const record of recordsOf(site())) {
      expect(record.why).not.toBe("");
      expect(record.rfc).toMatch(/^RFC \d+/);
      expect(record.values.length).toBeGreaterThan(0);
      expect(record.ttl).toBe(3600);
    }
  });

  test("no name and type twice", () => {
    const keys = recordsOf(site()).map((record) => `${record.name} ${record.type}`);
    expect(keys).toEqual([...new Set(keys)]);
  });
});

describe("what changes the records", () => {
  test("a domain without mail: null MX, and nothing may be sent in its name", () => {
    const spec = site({ domains: [domain("example.org"), domain("parked.example", { mail: false })] });
    expect(values(spec, "parked.example", "MX")).toEqual(["0 ."]);
    expect(values(spec, "parked.example", "TXT")).toEqual(['"v=spf1 -all"']);
    expect(values(spec, "_dmarc.parked.example", "TXT")).toEqual(['"v=DMARC1; p=reject"']);
    expect(values(spec, "_imaps._tcp.parked.example", "SRV")).toBeUndefined();
    expect(values(spec, "mta-sts.parked.example", "A")).toBeUndefined();
  });

  test("SPF names every relay that is not lost, and the domain's further senders", () => {
    const spec = site({
      hosts: [
        host("r1", "192.0.2.1", ["relay"]),
        host("r2", "2001:db8::2", ["relay"]),
        host("r3", "192.0.2.3", ["relay"], { lost: true }),
        host("m1", "192.0.2.4", ["mx"]),
      ],
      domains: [domain("example.org", { spf: ["include:_spf.example.com"] })],
    });
    expect(values(spec, "example.org", "TXT")).toEqual([
      '"v=spf1 ip4:192.0.2.1 ip6:2001:db8::2 include:_spf.example.com -all"',
    ]);
  });

  test("a hostname that is a mail domain has one SPF record only", () => {
    const spec = site({ hosts: [host("m", "192.0.2.1", ["relay"], { hostname: "example.org" })] });
    const spf = values(spec, "example.org", "TXT")?.filter((value) => value.startsWith('"v=spf1'));
    expect(spf).toHaveLength(1);
  });

  test("a DKIM key longer than 255 octets is split", () => {
    const [value] = values(site(), "r1._domainkey.example.org", "TXT") ?? [];
    const parts = value?.match(/"[^"]*"/g) ?? [];
    expect(parts.map((part) => part.length - 2)).toEqual([255, 392 + "v=DKIM1; k=rsa; p=".length - 255]);
  });

  test("no TLSA without DNSSEC", () => {
    const spec = site({ dns: { provider: "powerdns", ttl: 3600, dnssec: false } });
    expect(recordsOf(spec).filter((record) => record.type === "TLSA")).toEqual([]);
  });

  test("in a zone of others CAA stands at our names only, and NS nowhere", () => {
    const spec = site({ dns: { provider: "ovh", ttl: 60, dnssec: false } });
    expect(values(spec, "example.org", "CAA")).toBeUndefined();
    expect(values(spec, "imap.example.org", "CAA")).toHaveLength(2);
    expect(values(spec, "example.org", "NS")).toBeUndefined();
  });

  test("PowerDNS behind an API serves zones that are not the site's alone", () => {
    const api = { url: "https://dns.example.org:8081", server: "localhost" };
    const spec = site({ dns: { provider: "powerdns", api, ttl: 60, dnssec: true } });
    expect(values(spec, "example.org", "NS")).toBeUndefined();
    expect(values(spec, "example.org", "CAA")).toBeUndefined();
    expect(values(spec, "_25._tcp.mail1.example.org", "TLSA")).toHaveLength(1);
  });

  test("a secondary MX has a higher number", () => {
    const hosts = [host("mx1", "192.0.2.1", ["mx"]), host("mx2", "192.0.2.2", ["mx"], { mxPreference: 20 })];
    expect(values(site({ hosts }), "example.net", "MX")).toEqual(["10 mx1.example.org.", "20 mx2.example.org."]);
  });

  test.each<[Partial<DomainSpec>, string]>([
    [{ dmarc: "none" }, "p=none; rua=mailto:postmaster@example.net"],
    [{ dmarc: "quarantine", dmarcTesting: true }, "p=quarantine; t=y; rua=mailto:postmaster@example.net"],
    [
      { dmarcSubdomains: "quarantine", dmarcNonexistent: "reject", dmarcReports: "a,b!@example.net" },
      "p=reject; sp=quarantine; np=reject; rua=mailto:a%2Cb%21@example.net",
    ],
    [
      { dmarcReports: "é@example.net", dmarcFailureReports: "f@example.net" },
      "p=reject; rua=mailto:%C3%A9@example.net; ruf=mailto:f@example.net",
    ],
  ])("DMARC as it was asked for: %j", (more, tags) => {
    const spec = site({ domains: [domain("example.org"), domain("example.net", more)] });
    expect(values(spec, "_dmarc.example.net", "TXT")).toEqual([`"v=DMARC1; ${tags}"`]);
  });

  test("reports of both kinds need the consent of receivers elsewhere, in zones of others too", () => {
    const dmarcReports = "rua@reports.example";
    const spec = site({
      domains: [
        domain("example.org"),
        domain("example.net", { dmarcReports, dmarcFailureReports: "ruf@example.org" }),
        domain("lists.example.com", { dmarcReports: "postmaster@example.com" }),
      ],
    });
    const consent = recordsOf(spec).filter(({ name }) => name.includes("._report."));
    expect(consent.map(({ name, zone }) => [name, zone])).toEqual([
      ["example.net._report._dmarc.example.org", "example.org"],
      ["example.net._report._dmarc.reports.example", undefined],
    ]);
  });

  test("keys of a rotation are all there, and a revoked one is empty", () => {
    const key = (selector: string, publicKey: string) => ({ selector, publicKey });
    const rotating = [key("r1", ""), key("r2", "AAAA"), key("r3", "BBBB")];
    const found = recordsOf(site(), {
      ...KEYS,
      "dkim-example.org-ed25519": [],
      "dkim-example.org-rsa": rotating,
    }).filter(({ name }) => name.includes("_domainkey"));
    expect(found.map(({ name, values: [value], level }) => [name.split(".")[0], value, level])).toEqual([
      ["r1", '"v=DKIM1; k=rsa; p="', "recommended"],
      ["r2", '"v=DKIM1; k=rsa; p=AAAA"', "required"],
      ["r3", '"v=DKIM1; k=rsa; p=BBBB"', "required"],
    ]);
    expect(found[0]?.why).toContain("revoked");
  });

  test("calendars and contacts are announced where a server is named, and not by plain text", () => {
    const spec = site({ domains: [domain("example.org", { dav: "cloud.example.org" }), domain("example.net")] });
    expect(values(spec, "_caldavs._tcp.example.org", "SRV")).toEqual(["0 1 443 cloud.example.org."]);
    expect(values(spec, "_carddavs._tcp.example.org", "SRV")).toEqual(["0 1 443 cloud.example.org."]);
    expect(values(spec, "_caldav._tcp.example.org", "SRV")).toEqual(["0 0 0 ."]);
    expect(values(spec, "_caldavs._tcp.example.net", "SRV")).toBeUndefined();
  });

  test("additional addresses have names of their own, IPv4 and IPv6 together", () => {
    const additionalIps = ["203.0.113.7", "2001:db8::7"].map((address) => ({ address, name: "relay.example.org" }));
    const spec = site({ hosts: [host("r", "192.0.2.1", ["relay"], { ovh: ovhHost({ additionalIps }) })] });
    expect(values(spec, "relay.example.org", "A")).toEqual(["203.0.113.7"]);
    expect(values(spec, "relay.example.org", "AAAA")).toEqual(["2001:db8::7"]);
  });

  test("reports to another of our domains need its consent", () => {
    const spec = site({ domains: [domain("example.org"), domain("example.net", { dmarcReports: "d@example.org" })] });
    expect(values(spec, "example.net._report._dmarc.example.org", "TXT")).toEqual(['"v=DMARC1"']);
    expect(values(spec, "example.org._report._dmarc.example.org", "TXT")).toBeUndefined();
  });

  test("a host named in a zone of others is left to them", () => {
    const spec = site({ hosts: [host("mail1", "192.0.2.11", ["mx"], { hostname: "mx.elsewhere.example" })] });
    expect(recordsOf(spec).find((record) => record.name === "mx.elsewhere.example")?.zone).toBeUndefined();
    expect(values(spec, "example.org", "MX")).toEqual(["10 mx.elsewhere.example."]);
  });

  test("a domain below another has no zone of its own", () => {
    const spec = site({ domains: [domain("a.lists.example.org"), domain("example.org"), domain("notexample.org")] });
    expect(zoneNames(spec)).toEqual(["example.org", "notexample.org"]);
    const of = (name: string) => recordsOf(spec).find((record) => record.name === name)?.zone;
    expect(of("_dmarc.a.lists.example.org")).toBe("example.org");
    expect(of("_dmarc.notexample.org")).toBe("notexample.org");
  });
});

test("TXT is cut at 255 octets, also between the halves of what is escaped", () => {
  expect(txt("a".repeat(255))).toBe(`"${"a".repeat(255)}"`);
  expect(txt(`${"a".repeat(254)}""b`)).toBe(`"${"a".repeat(254)}\\"" "\\"b"`);
  expect(txt("")).toBe('""');
});

test("quotes and backslashes in TXT are escaped", () => {
  expect(txt('a"b\\c')).toBe('"a\\"b\\\\c"');
});

test("reverse names of all addresses of hosts that are there, required where mail is sent", () => {
  const additionalIps = [{ address: "203.0.113.7", name: "relay.example.org" }];
  const back = host("back1", "192.0.2.21", ["backup"], { ovh: ovhHost({ additionalIps }) });
  const gone = host("old1", "192.0.2.31", ["relay"], { lost: true });
  const wanted = reverseNames(site({ hosts: [...site().hosts.slice(0, 1), back, gone] }));
  expect(wanted.map(({ address, name, host, level }) => [address, name, host, level])).toEqual([
    ["192.0.2.11", "mail1.example.org", "mail1", "required"],
    ["2001:db8::11", "mail1.example.org", "mail1", "required"],
    ["192.0.2.21", "back1.example.org", "back1", "recommended"],
    ["203.0.113.7", "relay.example.org", "back1", "recommended"],
  ]);
  for (const { why, rfc } of wanted) expect(`${rfc}: ${why}`).toMatch(/^RFC \d+.*: \S/);
});

test("names on certificates: a host's own, and those of its services", () => {
  const spec = site();
  expect(spec.hosts.map(certificateNames(spec))).toEqual([
    [
      "mail1.example.org",
      "imap.example.org",
      "smtp.example.org",
      "webmail.example.org",
      "mta-sts.example.org",
      "autoconfig.example.org",
      "autodiscover.example.org",
      "mta-sts.example.net",
      "autoconfig.example.net",
      "autodiscover.example.net",
    ],
    ["back1.example.org"],
  ]);
});

test("the MTA-STS policy and its id change together", () => {
  const one = site();
  expect(mtaStsPolicy(one)).toBe("version: STSv1\r\nmode: enforce\r\nmx: mail1.example.org\r\nmax_age: 604800\r\n");
  const two = site({ hosts: [...one.hosts, host("mx2", "192.0.2.12", ["mx"])] });
  expect(mtaStsId(one)).not.toBe(mtaStsId(two));
  expect(mtaStsId(one)).toMatch(/^[a-z0-9]{1,32}$/);
  expect(values(one, "_mta-sts.example.org", "TXT")).toEqual([`"v=STSv1; id=${mtaStsId(one)}"`]);
});
