import { type DnssecHeard, dsOf, judgeDnssec } from "../../../cli/dns/dnssec";
import { judgeKey, judgePolicy } from "../../../cli/dns/policy";
import { isPrivate, judgeReverse, type ReverseHeard, reverseName } from "../../../cli/dns/reverse";
import { judgeSpf, type Lookup, spfTerms } from "../../../cli/dns/spf";
import type { ReverseName } from "../../../plan/types";
import type { DnsRecord } from "../../../roles/shared/records";

describe("reverse names", () => {
  test.each([
    ["192.0.2.1", "1.2.0.192.in-addr.arpa"],
    ["2001:db8::1", "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa"],
    ["2001:DB8:1:2:3:4:5:6", "6.0.0.0.5.0.0.0.4.0.0.0.3.0.0.0.2.0.0.0.1.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa"],
    ["::1", `1.${"0.".repeat(31)}ip6.arpa`],
  ])("of %s", (address, name) => expect(reverseName(address)).toBe(name));

  test.each([
    ["10.0.0.1", true],
    ["172.31.0.1", true],
    ["172.32.0.1", false],
    ["100.64.0.1", true],
    ["100.128.0.1", false],
    ["fd66::11", true],
    ["2001:db8::1", false],
    ["203.0.113.1", false],
  ])("%s is private: %s", (address, expected) => expect(isPrivate(address)).toBe(expected));

  const wanted: ReverseName = {
    ...{ address: "192.0.2.1", name: "mail.example.org", host: "mail1" },
    ...{ why: "w", rfc: "r", level: "required" },
  };
  const back = { name: "mail.example.org.", addresses: ["192.0.2.1"] };
  test.each<[string, ReverseHeard["names"][], string]>([
    ["there and back", [[back], [back]], "ok"],
    ["no name", [[]], "missing"],
    ["the name of somebody else", [[{ name: "vps1.hoster.example.", addresses: ["192.0.2.1"] }]], "different"],
    ["a name that leads elsewhere", [[{ ...back, addresses: ["192.0.2.9"] }]], "failing"],
    ["two names", [[back, { name: "www.example.org.", addresses: ["192.0.2.1"] }]], "extra"],
    ["resolvers that disagree", [[back], []], "partial"],
    ["a silent resolver beside one that knows", [undefined, [back]], "ok"],
    ["silence", [undefined], "unknown"],
  ])("%s", (_what, said, verdict) => {
    const heard = said.map((names): ReverseHeard => ({ server: "r", ...(names ? { names } : { problem: "timeout" }) }));
    const finding = judgeReverse(wanted, heard);
    expect(finding.verdict).toBe(verdict);
    expect(finding.todo === undefined).toBe(verdict === "ok");
  });
});

describe("DNSSEC", () => {
  // The example of RFC 4034 §5.4, and that of RFC 4509 §2.3 for SHA-256.
  const KEY =
    "256 3 5 AQOeiiR0GOMYkDshWoSKz9XzfwJr1AYtsmx3TGkJaNXVbfi/2pHm822aJ5iI9BMzNXxeYCmZDRD99WYwYqUSdjMmmAphXdvxegXd/M5+X7OrzKBaMbCVdFLUUh6DhweJBjEVv5f2wwjM9XzcnOf+EPbtG9DMBmADjFDc2w/rljwvFw==";
  const SHA1 = "60485 5 1 2BB183AF5F22588179A53B0A98631FAD1A292118";
  const SHA256 = "60485 5 2 D4B7D520E7BB5F0F67674A0CCEB1E3E0614B93C4F9E99B8383F6A1E4469DA50A";
  const ZONE = "dskey.example.com";

  test("digests are those of the RFCs", () => {
    expect(dsOf(ZONE, KEY, 1)).toBe(SHA1);
    expect(dsOf(ZONE, KEY, 2)).toBe(SHA256);
    expect(dsOf(ZONE, KEY, 3)).toBeUndefined();
  });

  const entry = KEY.replace("256 ", "257 ");
  const all = (said: DnssecHeard["resolvers"][number]["said"]) => [{ server: "r", said }];
  test.each<[string, boolean, DnssecHeard, string, string, string]>([
    [
      "signed and believed",
      true,
      { keys: [KEY], ds: [SHA256.toLowerCase()], resolvers: all("validated") },
      "ok",
      "recommended",
      "",
    ],
    [
      "the parent is silent about it",
      true,
      { keys: [entry], ds: [], resolvers: all("answered") },
      "missing",
      "recommended",
      "5 2 ",
    ],
    ["not signed", true, { keys: [], ds: [], resolvers: all("answered") }, "missing", "recommended", "sign it"],
    ["not signed, and not wanted", false, { keys: [], ds: [], resolvers: all("answered") }, "ok", "recommended", ""],
    [
      "promised, and not signed",
      false,
      { keys: [], ds: [SHA256], resolvers: all("failed") },
      "failing",
      "required",
      "remove the DS",
    ],
    [
      "promised with another key",
      true,
      { keys: [entry], ds: [SHA256], resolvers: all("failed") },
      "failing",
      "required",
      "replace the DS",
    ],
    [
      "signatures that nobody believes",
      true,
      { keys: [KEY], ds: [SHA1], resolvers: all("failed") },
      "failing",
      "required",
      "expired",
    ],
    [
      "nobody validates",
      true,
      { keys: [KEY], ds: [SHA256], resolvers: all("answered") },
      "unknown",
      "recommended",
      "validates",
    ],
    ["silence", true, { resolvers: all("silent") }, "unknown", "recommended", "later"],
  ])("%s", (_what, wanted, heard, verdict, level, todo) => {
    const finding = judgeDnssec(ZONE, wanted, heard);
    expect(finding).toMatchObject({ verdict, level });
    if (todo === "") expect(finding.todo).toBeUndefined();
    else expect(finding.todo).toContain(todo);
  });
});

describe("the cost of SPF", () => {
  const WORLD: Record<string, string[]> = {
    "a.test TXT": ['"v=spf1 ip4:192.0.2.0/24 include:b.test -all"', '"other"'],
    "b.test TXT": ['"v=spf1 a mx ?all"'],
    "b.test A": ["192.0.2.1"],
    "b.test MX": ["10 mx.b.test."],
    "mx.b.test AAAA": ["2001:db8::1"],
    "loop.test TXT": ['"v=spf1 include:loop2.test -all"'],
    "loop2.test TXT": ['"v=spf1 include:loop.test -all"'],
    "two.test TXT": ['"v=spf1 -all"', '"v=spf1 +all"'],
    ...Object.fromEntries(
      Array.from({ length: 12 }, (_, i) => [`i${i}.test TXT`, [`"v=spf1 ip4:198.51.100.${i} -all"`]]),
    ),
  };
  const look: Lookup = async (name, type) => WORLD[`${name} ${type}`] ?? [];
  const judged = async (text: string) =>
    judgeSpf("example.org", "example.org", text, await spfTerms(text, "example.org", look));

  test.each<[string, string, string, string]>([
    ["addresses are free", "v=spf1 ip4:192.0.2.1 ip6:2001:db8::/32 -all", "ok", "0 of 10 lookups, 0 of 2 void"],
    [
      "includes cost what they include",
      "v=spf1 include:a.test ~all",
      "ok",
      "4 of 10 lookups (include:a.test 4), 0 of 2 void",
    ],
    [
      "a redirect counts where there is no all",
      "v=spf1 redirect=b.test",
      "ok",
      "3 of 10 lookups (redirect=b.test 3), 0 of 2 void",
    ],
    ["a redirect behind all does not", "v=spf1 redirect=b.test -all", "ok", "0 of 10 lookups, 0 of 2 void"],
    ["macros count once", "v=spf1 exists:%{i}.x.test include:%{d}.test -all", "ok", "2 of 10"],
    ["void lookups count", "v=spf1 a:no1.test mx:no2.test a:no3.test -all", "failing", "3 of 2 void"],
    [
      "ten are allowed",
      `v=spf1 ${Array.from({ length: 10 }, (_, i) => `include:i${i}.test`).join(" ")} -all`,
      "ok",
      "10 of 10",
    ],
    [
      "eleven are not",
      `v=spf1 ${Array.from({ length: 11 }, (_, i) => `include:i${i}.test`).join(" ")} -all`,
      "failing",
      "11 of 10",
    ],
    ["circles", "v=spf1 include:loop.test -all", "failing", "loop.test → loop2.test → loop.test goes in a circle"],
    ["an include without SPF", "v=spf1 include:none.test -all", "failing", "none.test has no SPF record"],
    ["an include with two", "v=spf1 include:two.test -all", "failing", "two.test has 2 SPF records"],
    ["nonsense", "v=spf1 ipv4:192.0.2.1 -all", "failing", '"ipv4:192.0.2.1" at example.org is not a term of SPF'],
    ["a modifier of the future", "v=spf1 later=yes -all", "ok", "0 of 10"],
  ])("%s", async (_what, text, verdict, note) => {
    const finding = await judged(text);
    expect(finding.verdict).toBe(verdict);
    expect(finding.notes.join("\n")).toContain(note);
  });

  test("advice writes out the dearest includes, and only as many as are needed", async () => {
    const includes = Array.from({ length: 8 }, (_, i) => `include:i${i}.test`).join(" ");
    const { verdict, todo } = await judged(`v=spf1 ${includes} include:a.test -all`);
    expect(verdict).toBe("failing");
    expect(todo).toContain("instead of include:a.test (saves 4): ip4:192.0.2.0/24 ip4:192.0.2.1 ip6:2001:db8::1");
    expect(todo).not.toContain("instead of include:i0.test");
  });

  test("terms keep their prefix lengths when they are written out", async () => {
    const [term] = await spfTerms("v=spf1 mx:b.test/24//64 a:b.test/28 -all", "example.org", look);
    expect(term?.flat).toEqual(["ip6:2001:db8::1/64"]);
  });

  test("what cannot be looked up is no verdict", async () => {
    const broken: Lookup = async () => {
      throw new Error("no resolver");
    };
    await expect(spfTerms("v=spf1 a -all", "example.org", broken)).rejects.toThrow("no resolver");
  });
});

describe("policies", () => {
  const WANTED = "version: STSv1\r\nmode: enforce\r\nmx: mx.example.org\r\nmax_age: 604800\r\n";
  const got = { status: 200, contentType: "text/plain; charset=utf-8", text: WANTED };
  test.each([
    ["as wanted", got, "ok"],
    ["with other line ends", { ...got, text: WANTED.replaceAll("\r\n", "\n") }, "ok"],
    ["with another MX", { ...got, text: WANTED.replace("mx.example", "old.example") }, "different"],
    ["not there", { ...got, status: 404 }, "missing"],
    ["a redirect", { ...got, status: 302 }, "failing"],
    ["as HTML", { ...got, contentType: "text/html" }, "failing"],
    ["behind a wrong certificate", new Error("certificate has expired"), "failing"],
  ])("%s", (_what, answer, verdict) => {
    const finding = judgePolicy("example.org", "example.org", WANTED, answer);
    expect(finding.verdict).toBe(verdict);
    expect(finding.found[0]?.server).toBe("https://mta-sts.example.org/.well-known/mta-sts.txt");
  });

  test.each([
    ["a key that is pinned", "bb", "ok"],
    ["another key", "cc", "failing"],
    ["no connection", new Error("timeout"), "unknown"],
  ])("%s", (_what, key, verdict) => {
    const record = { name: "_25._tcp.mx.example.org", values: ["3 1 1 aa", "3 1 1 BB"] } as DnsRecord;
    expect(judgeKey(record, "192.0.2.1", key)).toMatchObject({
      verdict,
      subject: "mx.example.org (192.0.2.1) port 25",
    });
  });
});
