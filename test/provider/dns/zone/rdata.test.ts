/** One spelling for every value, and zone files as others write them. */
import { masterFile, parseMasterFile } from "../../../../provider/dns/zone/master-file";
import { canonical, canonicalLive, RdataError } from "../../../../provider/dns/zone/rdata";

test.each([
  ["A", "192.0.2.1", "192.0.2.1"],
  ["AAAA", "2001:DB8:0:0:0:0:0:1", "2001:db8::1"],
  ["AAAA", "::ffff:192.0.2.1", "::ffff:c000:201"],
  ["MX", "10  MX1.Example.ORG.", "10 mx1.example.org."],
  ["MX", "0 .", "0 ."],
  ["SRV", "0 1 993 imap.example.org.", "0 1 993 imap.example.org."],
  [
    "CAA",
    '0 ISSUE "letsencrypt.org; accounturi=https://ca.example/1"',
    '0 issue "letsencrypt.org; accounturi=https://ca.example/1"',
  ],
  ["CAA", "0 issue letsencrypt.org", '0 issue "letsencrypt.org"'],
  ["TLSA", "3 1 1 0A1B 2C3D", "3 1 1 0a1b2c3d"],
  ["TXT", '"v=spf1 " "-all"', '"v=spf1 -all"'],
  ["TXT", '"a\\"b\\\\c\\195\\164"', '"a\\"b\\\\c\\195\\164"'],
  ["TXT", '""', '""'],
  ["TXT", `"${"x".repeat(300)}"`, `"${"x".repeat(255)}" "${"x".repeat(45)}"`],
])("%s %s", (type, value, expected) => {
  expect(canonical(type, value)).toBe(expected);
  expect(canonical(type, expected)).toBe(expected);
});

test.each([
  ["A", "192.0.2", "an IPv4 address is wanted"],
  ["A", "2001:db8::1", "an IPv4 address is wanted"],
  ["AAAA", "2001:db8::g", "an IPv6 address is wanted"],
  ["AAAA", "fe80::1%eth0", "an IPv6 address is wanted"],
  ["MX", "10 mx1.example.org", 'names end with a dot: "mx1.example.org."'],
  ["MX", "mx1.example.org.", "preference name"],
  ["MX", "70000 mx1.example.org.", "from 0 to 65535"],
  ["SRV", "0 1 imap.example.org.", "priority weight port name"],
  ["TLSA", "3 1 1 xyz", "pairs of hexadecimal digits"],
  ["CNAME", "a..example.org.", "a name is wanted"],
  ["SOA", "x", "types are A, AAAA"],
])("%s %s is refused", (type, value, hint) => {
  try {
    canonical(type, value);
  } catch (error) {
    expect(error).toBeInstanceOf(RdataError);
    expect((error as RdataError).hint).toContain(hint);
    return;
  }
  throw new Error("it was taken");
});

test("what others wrote and nobody understands is kept as it is", () => {
  expect(canonicalLive("MX", "10 mail", "example.org")).toBe("10 mail.example.org.");
  expect(canonicalLive("LOC", "51 30 12.748 N  0 7 39.612 W 0.00m", "example.org")).toBe(
    "51 30 12.748 N 0 7 39.612 W 0.00m",
  );
});

const FILE = `$TTL 1h
@\tIN SOA dns.ovh.example. tech.ovh.net. (2026112200 86400
  3600 3600000 ; expire
  60)
                        IN NS     dns.ovh.example.
                  600   IN MX     1 mx1
www                     IN CNAME  @
sel._domainkey 300 IN TXT ( "v=DKIM1; p=A;B" ; a key
   "C(D)" )
$ORIGIN sub.example.org.
a IN 2h A 192.0.2.1
b.example.org. A 192.0.2.2
`;

test("a zone file: blank owners, relative names, parentheses, comments, TTL before or after the class, $ORIGIN", () => {
  const { ttl, records } = parseMasterFile(FILE, "example.org", 60);
  expect(ttl).toBe(3600);
  expect(records.slice(1).map(({ name, type, ttl, value }) => `${name} ${ttl} ${type} ${value}`)).toEqual([
    "example.org 3600 NS dns.ovh.example.",
    "example.org 600 MX 1 mx1.example.org.",
    "www.example.org 3600 CNAME example.org.",
    'sel._domainkey.example.org 300 TXT "v=DKIM1; p=A;BC(D)"',
    "a.sub.example.org 7200 A 192.0.2.1",
    "b.example.org 3600 A 192.0.2.2",
  ]);
  expect(records[0]?.type).toBe("SOA");
});

test.each([
  ["www IN", "no type"],
  ["www IN A", "the A has no value"],
  ["$INCLUDE other", "is not understood"],
  ["$TTL soon", "$TTL without a time"],
  ["$ORIGIN", "a name is missing"],
  ['a TXT "open', "not closed"],
  ["a TXT x )", "a ) without its ("],
  ["a ) TXT ( x", "a ) without its ("],
  ["a TXT ( x", "a ( that is never closed"],
  ["a 4294967296 A 192.0.2.1", "a TTL of 4294967296"],
  ["a..b A 192.0.2.1", "a label is empty"],
  [`${"a".repeat(64)} A 192.0.2.1`, "64 characters; 63 are allowed"],
  ["a\\ A 192.0.2.1", "no type"],
  ["a\\999 A 192.0.2.1", "a backslash without a character"],
  ["\u00a0a A 192.0.2.1", "written \\DDD"],
  ['"a" A 192.0.2.1', "a name in quotes"],
])("%s: the error names the line, what is wrong, and a cure", (line, message) => {
  const act = () => parseMasterFile(`$TTL 60\n\n${line}\n`, "example.org", 60);
  expect(act).toThrow(/^line 3 of the zone file: /);
  expect(act).toThrow(message);
  expect(act).toThrow(expect.objectContaining({ hint: expect.stringMatching(/./) }));
});

test.each([
  ["a\\.b A 192.0.2.1", "a\\.b.example.org"],
  ["a\\. A 192.0.2.1", "a\\..example.org"],
  ["a\\032b A 192.0.2.1", "a\\032b.example.org"],
  ["a\\ b A 192.0.2.1", "a\\032b.example.org"],
  ["\\065 A 192.0.2.1", "a.example.org"],
  ["*.b A 192.0.2.1", "*.b.example.org"],
  ["0/25 A 192.0.2.1", "0/25.example.org"],
])("%s is a record of the name %s", (line, name) => {
  expect(parseMasterFile(line, "example.org", 60).records).toEqual([{ name, type: "A", ttl: 60, value: "192.0.2.1" }]);
});

test("parentheses are blanks, and blanks within the texts of unknown types stay", () => {
  const { records } = parseMasterFile('a HINFO("x  y")(z)\n', "example.org", 60);
  expect(records.map(({ value }) => value)).toEqual(['"x  y" z']);
});

test("what is written is read again as the same", () => {
  const sets = [
    { name: "example.org", type: "MX", ttl: 3600, values: ["10 mx1.example.org.", "20 mx2.example.org."] },
    { name: "a.example.org", type: "TXT", ttl: 60, values: ['"x; y"'] },
  ];
  const { records } = parseMasterFile(masterFile("example.org", 3600, sets), "example.org", 1);
  expect(records).toEqual(sets.flatMap(({ values, ...set }) => values.map((value) => ({ ...set, value }))));
});
