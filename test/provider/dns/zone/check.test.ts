/** What is refused before anybody is asked: everything at once, each with its property path and a hint. */
import type { ZoneInputs } from "../../../../provider/dns/zone";
import { checkZone } from "../../../../provider/dns/zone/check";
import { UNKNOWN } from "../../../../provider/values";

const check = (parts: object) =>
  checkZone({ zone: "example.org", backend: { kind: "ovh" }, records: {}, ...parts } as unknown as ZoneInputs);
const set = (key: string, ...values: string[]) => check({ records: { [key]: { values } } });

test("a good zone has no failures, and what is not known yet is not judged", () => {
  expect(set("example.org MX", "10 mx1.example.org.")).toEqual([]);
  expect(set("*._domainkey.example.org TXT", '"v=DKIM1; p="')).toEqual([]);
  expect(check({ records: UNKNOWN, backend: UNKNOWN, zone: UNKNOWN })).toEqual([]);
  expect(set("s._domainkey.example.org TXT", UNKNOWN)).toEqual([]);
  expect(check({ records: { "a.example.org A": UNKNOWN } })).toEqual([]);
});

test("five mistakes give five failures", () => {
  const failures = check({
    ttl: 0,
    records: {
      "www.example.com A": { values: ["192.0.2.1"] },
      "mail.example.org A": { ttl: 30, values: ["192.0.2.256", "192.0.2.1", "192.0.2.1"] },
      "example.org SPF": { values: ["v=spf1 -all"] },
    },
  });
  expect(failures.map(({ property }) => property)).toEqual([
    "ttl",
    'records["www.example.com A"]',
    'records["mail.example.org A"].ttl',
    'records["mail.example.org A"].values[0]',
    'records["mail.example.org A"].values[2]',
    'records["example.org SPF"]',
  ]);
  for (const { reason } of failures.slice(1, 2)) expect(reason).toContain("is not in the zone example.org");
});

test.each([
  ["example.org TXT", ['"größe"'], "U+00F6", "\\195\\182"],
  ["example.org TXT", ['"a\tb"'], "U+0009", "\\009"],
  ["example.org TXT", ["v=spf1 -all"], "is not in quotes", '"\\"v=spf1 -all\\""'],
  ["example.org TXT", ['"v=spf1 -all"', '"v=spf1 +all"'], "2 SPF records", "join them"],
  ["Mail.example.org A", ["192.0.2.1"], "characters other than", 'write "mail.example.org"'],
  ["münchen.example.org A", ["192.0.2.1"], "characters other than", 'write "xn--mnchen-3ya.example.org"'],
  ["example.org. A", ["192.0.2.1"], "a label is empty", 'write "example.org"'],
  ["example.org CNAME", ["www.example.net."], "top of the zone", "A and AAAA"],
  ["example.org SOA", ["x"], "no known type", "makes its SOA"],
  ["example.org A", [], "has no values", "leave the record set out"],
  ["example.org MX", ["10 mx1.example.org"], "no final dot", '"mx1.example.org."'],
])("%s %j", (key, values, reason, hint) => {
  const failures = set(key, ...values);
  expect(failures).toHaveLength(1);
  expect(failures[0]?.reason).toContain(reason);
  expect(failures[0]?.reason).toContain(hint);
});

test("a CNAME beside something else, of our own", () => {
  const failures = check({
    records: { "a.example.org CNAME": { values: ["b.example.org."] }, "a.example.org A": { values: ["192.0.2.1"] } },
  });
  expect(failures[0]?.reason).toContain("stands beside a.example.org A");
});

test.each([
  ["http://dns.example.org:8081", "in clear"],
  ["http://203.0.113.1:8081", "in clear"],
  ["dns.example.org", 'as "https://'],
])("the API of PowerDNS at %s", (url, reason) => {
  expect(check({ backend: { kind: "powerdns", url } })[0]?.reason).toContain(reason);
});

test.each(["https://dns.example.org:8081", "http://127.0.0.1:8081", "http://10.66.0.11:8081", "http://[fd00::1]:8081"])(
  "the API of PowerDNS at %s is fine",
  (url) => expect(check({ backend: { kind: "powerdns", url } })).toEqual([]),
);

test("DNSSEC is switched at OVH alone, and never off", () => {
  expect(check({ dnssec: true })).toEqual([]);
  expect(check({ dnssec: UNKNOWN })).toEqual([]);
  expect(check({ dnssec: false })).toMatchObject([
    { property: "dnssec", reason: expect.stringMatching(/never switched off/) },
  ]);
  expect(check({ dnssec: true, backend: { kind: "none" } })).toMatchObject([
    { property: "dnssec", reason: expect.stringMatching(/at "none", only at "ovh"\n {2}hint: leave it out/) },
  ]);
});
