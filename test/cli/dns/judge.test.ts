import { canonical } from "../../../cli/dns/canonical";
import { exitStatus, type Finding, type Verdict } from "../../../cli/dns/finding";
import { judge } from "../../../cli/dns/judge";
import { DnsError, type DnsFailure, type EachAnswer } from "../../../provider/dns/query";
import { textOf } from "../../../provider/dns/tokens";
import type { DnsRecord, RecordType } from "../../../roles/shared/records";

const NAME = "example.org";
const MX = ["10 mx1.example.org.", "20 mx2.example.org."];

function record(type: RecordType, values: string[], more: Partial<DnsRecord> = {}): DnsRecord {
  return { zone: NAME, name: NAME, type, ttl: 3600, values, why: "w", rfc: "RFC 1", level: "required", ...more };
}

/** An answer; `undefined` values mean that the server is silent, a word in capitals is the status. */
function heard(said: string[] | string, type = "MX", authoritative = false, name = NAME): EachAnswer {
  const server = authoritative ? "ns" : "resolver";
  if (typeof said === "string" && said === said.toLowerCase())
    return { server, error: new DnsError(server, { name, type }, said as DnsFailure, "no") };
  const records = (typeof said === "string" ? [] : said).map((value) => {
    const alias = /^CNAME (.*)$/.exec(value);
    return { name, type: alias ? "CNAME" : type, ttl: 60, data: alias?.[1] ?? value };
  });
  const status = typeof said === "string" ? said : "NOERROR";
  return { server, answer: { status, authoritative, authenticated: false, records } };
}

const [first = "", second = ""] = MX;
type Said = string[] | string;

test.each<[string, Said[], Said[], Verdict, string]>([
  ["everything right, in another order and case", [[second, first.toUpperCase()]], [MX, MX], "ok", ""],
  ["found nowhere", [[], "NXDOMAIN"], [[]], "missing", "publish"],
  ["another value", [["10 other.example."]], [["10 other.example."]], "different", "publish"],
  ["one of two values", [[first]], [[first]], "different", "publish"],
  ["one value more", [[...MX, "5 evil.example."]], [MX], "extra", "remove what is not wanted"],
  ["a name server is behind", [MX, [first]], [MX], "partial", "name servers disagree"],
  ["a resolver still holds the former answer", [MX], [["10 old.example."], MX], "partial", "3600 s"],
  ["resolvers cannot validate", [MX], ["SERVFAIL"], "partial", "DNSSEC"],
  [
    "an alias stands in the way",
    [["CNAME other.example."]],
    [["CNAME other.example."]],
    "different",
    "remove the CNAME",
  ],
  ["a name server does not serve the zone", ["REFUSED"], [[]], "failing", "does not serve it"],
  ["one of the name servers does not serve the zone", [MX, "REFUSED"], [MX], "partial", "does not serve it"],
  ["no name server answers", ["timeout", "timeout"], [MX], "unknown", "are they up?"],
  ["one name server does not answer", [MX, "timeout"], [MX], "unknown", ""],
  ["one name server is wrong, the other silent", [[first], "timeout"], [MX], "different", "publish"],
  ["a name server on IPv6, and no IPv6 here", [MX, "unreachable"], [MX], "ok", ""],
  ["one resolver is out of reach", [MX], [MX, "timeout"], "ok", ""],
  ["a resolver refuses us", [MX], [MX, "REFUSED"], "ok", ""],
  ["no resolver answers", [MX], ["timeout", "refused"], "unknown", ""],
])("%s", (_what, authoritative, resolvers, verdict, todo) => {
  const finding = judge(record("MX", MX), {
    authoritative: authoritative.map((said) => heard(said, "MX", true)),
    resolvers: resolvers.map((said) => heard(said)),
  });
  expect(finding.verdict).toBe(verdict);
  expect(finding.found).toHaveLength(authoritative.length + resolvers.length);
  if (verdict === "ok") expect(finding.todo).toBeUndefined();
  else expect(finding.todo).toContain(todo);
});

/** The verdict where the zone's one name server and one resolver say the same. */
function verdictOn(wanted: DnsRecord, values: string[]): Verdict {
  const both = { type: wanted.type, name: wanted.name };
  return judge(wanted, {
    authoritative: [heard(values, both.type, true, both.name)],
    resolvers: [heard(values, both.type, false, both.name)],
  }).verdict;
}

test("an answer that is not authoritative is no answer of the zone's name server", () => {
  const authoritative = [heard(MX)];
  expect(judge(record("MX", MX), { authoritative, resolvers: [heard(MX)] })).toMatchObject({ verdict: "failing" });
});

test("what is to be published is written as in a zone file", () => {
  const { todo } = judge(record("MX", MX), { authoritative: [heard([], "MX", true)], resolvers: [] });
  expect(todo).toContain(`example.org. 3600 IN MX ${first}\nexample.org. 3600 IN MX ${second}`);
});

describe("text records", () => {
  const spf = record("TXT", ['"v=spf1 ip4:192.0.2.1 -all"']);

  test.each<[string[], Verdict]>([
    [['"v=spf1  ip4:192.0.2.1 -ALL "', '"google-site-verification=x"'], "ok"],
    [['"v=spf1 ip4:192.0." "2.1 -all"'], "ok"],
    [['"google-site-verification=x"'], "missing"],
    [['"v=spf1 ip4:192.0.2.1 -all"', '"v=spf1 a -all"'], "extra"],
    [['"v=spf1 ip4:192.0.2.1 ~all"'], "different"],
  ])("SPF beside %j is %s", (values, verdict) => expect(verdictOn(spf, values)).toBe(verdict));

  const dkim = record("TXT", ['"v=DKIM1; k=rsa; p=AAAA" "BBBB"'], { name: "r1._domainkey.example.org" });
  test.each<[string[], Verdict]>([
    [['"v=DKIM1;k=rsa;p=AAAABBBB;"'], "ok"],
    [['"v=DKIM1; k=rsa; p=AAAA BBBB"'], "ok"],
    [['"v=DKIM1; k=rsa; p=aaaabbbb"'], "different"],
    [['"k=rsa; p=CCCC"'], "different"],
    [['"v=DKIM1; k=rsa; p=AAAABBBB"', '"p=CCCC"'], "extra"],
  ])("DKIM %j is %s", (values, verdict) => expect(verdictOn(dkim, values)).toBe(verdict));

  const consent = record("TXT", ['"v=DMARC1"'], { name: "example.org._report._dmarc.other.example", zone: undefined });
  test.each<[string[], Verdict]>([
    [['"v=DMARC1;"'], "ok"],
    [['"v=DMARC1; rua=mailto:reports@other.example"'], "ok"],
    [[], "missing"],
    [['"v=DMARC10"'], "missing"],
  ])("the consent to take reports %j is %s", (values, verdict) => {
    const finding = judge(consent, { authoritative: [], resolvers: [heard(values, "TXT", false, consent.name)] });
    expect(finding.verdict).toBe(verdict);
    if (verdict !== "ok") expect(finding.todo).toContain("ask whoever runs that zone");
  });
});

test.each<[string, string, string, boolean]>([
  ["AAAA", "2001:DB8:0:0:0:0:0:1", "2001:db8::1", true],
  ["AAAA", "2001:db8::1", "2001:db8::2", false],
  ["CAA", '0 ISSUE "ca.example;validationmethods=http-01"', '0 issue "ca.example; validationmethods=http-01"', true],
  ["CAA", '128 issue "ca.example"', '0 issue "ca.example"', false],
  ["CAA", '0 issuewild ";"', '0 issuewild ";"', true],
  ["TLSA", "3 1 1 AB", "3 1 1 ab", true],
  ["SRV", "0 1 993 IMAP.example.org.", "0  1 993 imap.example.org.", true],
  ["TXT", '"v=DMARC1; p=none"', '"v=DMARC1;p=none;"', true],
  ["TXT", '"a\\195\\188\\"b"', '"aü\\"b"', true],
  ["TXT", '"a" "b"', '"a b"', false],
])("%s %s and %s", (type, a, b, same) => expect(canonical(type, a) === canonical(type, b)).toBe(same));

test.each([
  ["CAA", '0 issue "ca.example'],
  ["AAAA", "fe80::1%eth0"],
  ["TXT", '"open'],
  ["MX", "mail"],
])("%s %j is no such value: it is like itself alone, in any case and spacing", (type, value) => {
  expect(canonical(type, value)).toBe(canonical(type, ` ${value}  `));
  expect(canonical(type, value)).not.toBe(canonical(type, `${value}x`));
});

test("text is read as it stands in zone files", () => {
  expect(textOf('"say \\"no\\"; " "then" more')).toBe('say "no"; thenmore');
});

test.each<[0 | 1 | 2, [Verdict, "required" | "recommended"][]]>([
  [0, []],
  [
    0,
    [
      ["ok", "required"],
      ["missing", "recommended"],
      ["unknown", "recommended"],
    ],
  ],
  [
    1,
    [
      ["extra", "required"],
      ["unknown", "required"],
    ],
  ],
  [1, [["partial", "required"]]],
  [
    2,
    [
      ["ok", "required"],
      ["unknown", "required"],
    ],
  ],
])("exit status %d for %j", (status, findings) => {
  expect(exitStatus(findings.map(([verdict, level]) => ({ verdict, level }) as Finding))).toBe(status);
});

test("an alias that is wanted is none in the way", () => {
  const said = heard(["CNAME shop.example.net."], "CNAME", true);
  const wanted = record("CNAME", ["shop.example.net."], { name: NAME });
  expect(judge(wanted, { authoritative: [said], resolvers: [] }).verdict).toBe("ok");
  const other = heard(["CNAME other.example.net."], "CNAME", true);
  expect(judge(wanted, { authoritative: [other], resolvers: [] }).verdict).toBe("different");
});

test("of a delegation the zone's servers need not be those that serve it; of a zone they do", () => {
  const said = { authoritative: [heard(["ns.example.net."], "NS")], resolvers: [] };
  said.authoritative[0] = { ...said.authoritative[0], server: "ns" } as EachAnswer;
  expect(judge(record("NS", ["ns.example.net."], { zone: "org" }), said).verdict).toBe("ok");
  expect(judge(record("NS", ["ns.example.net."]), said).verdict).toBe("failing");
});
