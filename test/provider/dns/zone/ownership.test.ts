/** What of a zone is ours, what is in the way, and what is to be done: on records alone. */
import { conflicts, settle } from "../../../../provider/dns/zone/conflicts";
import type { RecordSets } from "../../../../provider/dns/zone/contract";
import type { LiveRecord } from "../../../../provider/dns/zone/model";
import { canonicalSets, plan, slotOf, view } from "../../../../provider/dns/zone/ownership";

const sets = (records: Record<string, string[]>, ttl = 3600) =>
  canonicalSets(
    Object.fromEntries(Object.entries(records).map(([key, values]) => [key, { ttl, values }])) as RecordSets,
  );
const live = (...lines: string[]): LiveRecord[] =>
  lines.map((line) => {
    const [name = "", ttl = "", type = "", ...value] = line.split(" ");
    return { name, ttl: Number(ttl), type, value: value.join(" ") };
  });
const none = sets({});
const shown = (owned: ReturnType<typeof sets>, ...lines: string[]) =>
  [...view(owned, live(...lines)).values()].flatMap(({ name, type, ttl, values }) =>
    values.map((v) => `${name} ${ttl} ${type} ${v}`),
  );

test.each([
  ["example.org", "MX", "10 mx.example.org.", ""],
  ["example.org", "TXT", '"v=spf1 -all"', "v=spf1"],
  ["example.org", "TXT", '"V=SPF1 -all"', "v=spf1"],
  ["example.org", "TXT", '"v=spf10 -all"', "v=spf10"],
  ["example.org", "TXT", '"note"', '"note"'],
  ["_dmarc.example.org", "TXT", '"v=DMARC1; p=none"', ""],
  ["s1._domainkey.example.org", "TXT", '"p=AAAA"', ""],
])("%s %s %s belongs to part %j", (name, type, value, slot) => expect(slotOf(name, type, value)).toBe(slot));

test("the view: whole sets with what was added to them, single texts without the notes of others", () => {
  const owned = sets({ "example.org MX": ["10 a.example.org."], "example.org TXT": ['"v=spf1 -all"', '"note"'] });
  expect(
    shown(
      owned,
      "example.org 3600 MX 10 a.example.org.",
      "example.org 3600 MX 5 evil.example.com.",
      'example.org 3600 TXT "v=spf1 -all"',
      'example.org 60 TXT "theirs"',
    ),
  ).toEqual([
    "example.org 3600 MX 10 a.example.org.",
    "example.org 3600 MX 5 evil.example.com.",
    'example.org 3600 TXT "v=spf1 -all"',
  ]);
});

test("the view shows the TTL that differs", () => {
  const owned = sets({ "a.example.org A": ["192.0.2.1", "192.0.2.2"] });
  expect(shown(owned, "a.example.org 3600 A 192.0.2.1", "a.example.org 60 A 192.0.2.2")[0]).toContain(" 60 ");
});

test("a removal takes what we wrote, and leaves what somebody made of it", () => {
  const owned = sets({ "a.example.org A": ["192.0.2.1"], "b.example.org A": ["192.0.2.1"] });
  const { changes, left } = plan(owned, none, live("a.example.org 3600 A 192.0.2.1", "b.example.org 3600 A 192.0.2.9"));
  expect(changes.map(({ name, after }) => [name, after])).toEqual([["a.example.org", []]]);
  expect(left.map(({ value }) => value)).toEqual(["192.0.2.9"]);
});

test("removals come first, since a CNAME stands alone", () => {
  const { changes } = plan(
    sets({ "z.example.org CNAME": ["y.example.org."] }),
    sets({ "a.example.org A": ["192.0.2.1"], "z.example.org A": ["192.0.2.1"] }),
    live("z.example.org 3600 CNAME y.example.org."),
  );
  expect(changes.map(({ type, after }) => `${type} ${after.length}`)).toEqual(["CNAME 0", "A 1", "A 1"]);
});

const found = (owned: Record<string, string[]>, wanted: Record<string, string[]>, ...lines: string[]) =>
  conflicts("example.org", sets(owned), sets(wanted), live(...lines)).map(({ theirs, token }) => [
    theirs.map(({ value }) => value).join(),
    token,
  ]);

test("equal records, and a part of them, are no conflict; another value is", () => {
  const mx = { "example.org MX": ["10 a.example.org.", "20 b.example.org."] };
  expect(found({}, mx, "example.org 60 MX 10 a.example.org.")).toEqual([]);
  expect(found({}, mx, "example.org 60 MX 10 a.example.org.", "example.org 60 MX 1 c.example.com.")).toEqual([
    ["1 c.example.com.", "example.org MX"],
  ]);
  expect(found(mx, mx, "example.org 60 MX 1 c.example.com.")).toEqual([]);
});

test("CNAMEs, both ways; our own that goes is none", () => {
  const a = { "a.example.org A": ["192.0.2.1"] };
  const cname = { "a.example.org CNAME": ["b.example.org."] };
  expect(found({}, a, "a.example.org 60 CNAME c.example.com.")).toEqual([["c.example.com.", "a.example.org CNAME"]]);
  expect(found(cname, a, "a.example.org 60 CNAME b.example.org.")).toEqual([]);
  expect(found(cname, a, "a.example.org 60 CNAME c.example.com.")).toEqual([["c.example.com.", "a.example.org CNAME"]]);
  expect(found({}, cname, "a.example.org 60 A 192.0.2.9", 'a.example.org 60 TXT "x"')).toEqual([
    ["192.0.2.9", "a.example.org A"],
    ['"x"', "a.example.org TXT"],
  ]);
});

test("a name below a delegation is refused, and no token changes that", () => {
  const wanted = { "mx.sub.example.org A": ["192.0.2.1"], "example.org A": ["192.0.2.1"] };
  expect(found({}, wanted, "sub.example.org 60 NS ns.example.com.", "example.org 60 NS ns.example.com.")).toEqual([
    ["ns.example.com.", undefined],
  ]);
  const all = conflicts("example.org", none, sets(wanted), live("sub.example.org 60 NS ns.example.com."));
  expect(() => settle("example.org", all, ["sub.example.org NS"])).toThrow("delegated to other name servers");
});
