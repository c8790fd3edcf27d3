import { dnskey, ds, newZoneKey } from "../../lab/net1/dnssec";
import { ROOT_SERVER, reverse6, ZONE_NAMES, zoneFile, zones } from "../../lab/net1/zones";

const keys = Object.fromEntries(ZONE_NAMES.map((name) => [name, newZoneKey()]));
const keyOf = (name: string): string => keys[name] ?? "";
const dkim = `v=DKIM1; k=rsa; p=${"A".repeat(392)}`;
const all = zones({ dkim: { s1: dkim }, publicKeyHash: "ab".repeat(32) }, keyOf);
const records = (name: string): string[] => all.find((zone) => zone.name === name)?.records ?? [];

test("the names that need a key are the zones there are", () => {
  expect(all.map(({ name }) => name)).toEqual([...ZONE_NAMES]);
});

test.each([
  ["org.", "."],
  ["net.", "."],
  ["example.", "."],
  ["arpa.", "."],
  ["foreign.example.", "example."],
])("%s is delegated and secured in %s and nowhere else", (child, parent) => {
  expect(records(parent)).toContain(`${child} NS ${ROOT_SERVER}`);
  expect(records(parent)).toContain(`${child} DS ${ds(child, keyOf(child))}`);
  const others = all.filter(({ name }) => name !== parent).flatMap((zone) => zone.records);
  expect(others.filter((record) => record.startsWith(`${child} DS `))).toEqual([]);
});

test("the site's domains are delegated to mail1 without a DS: the registry's robot brings it", () => {
  expect(records("org.")).toContain("example.org. 5 NS ns1.example.org.");
  expect(records("org.")).toContain("ns1.example.org. 5 A 10.66.0.11");
  expect(records("org.")).toContain("ns1.example.org. 5 AAAA fd66::11");
  expect(records("net.")).toContain("example.net. 5 NS ns1.example.org.");
  expect([...records("org."), ...records("net.")].filter((record) => / DS /.test(record))).toEqual([]);
});

test("every host has reverse DNS for both addresses", () => {
  expect(records("arpa.")).toContain("11.0.66.10.in-addr.arpa. PTR mail1.example.org.");
  expect(reverse6(31)).toBe("1.3.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.6.6.d.f.ip6.arpa.");
  expect(records("arpa.")).toContain(`${reverse6(31)} PTR mx.foreign.example.`);
});

test("a long TXT record is split into strings of at most 255 bytes, RFC 1035 section 3.3.14", () => {
  const record = records("foreign.example.").find((line) => line.startsWith("s1._domainkey")) ?? "";
  const strings = [...record.matchAll(/"([^"]*)"/g)].map((match) => match[1] ?? "");
  expect(strings.every((part) => part.length <= 255)).toBe(true);
  expect(strings.join("")).toBe(dkim);
});

test("of the domains with MTA-STS policies one goes to a name of the MX with TLSA records, two to a name without", () => {
  const all = [...records("example."), ...records("foreign.example.")];
  const tlsa = (domain: string) => {
    const mx = all
      .find((record) => record.startsWith(`${domain}. MX `))
      ?.split(" ")
      .at(-1);
    return all.some((record) => record.startsWith(`_25._tcp.${mx} TLSA `));
  };
  expect(["sts-good", "sts-bad", "sts-dane"].map((name) => tlsa(`${name}.example`))).toEqual([false, false, true]);
  expect(records("example.")).toContain("mta-sts.sts-bad.example.  A 10.66.0.31");
});

test("a zone file begins with its time to live and its SOA", () => {
  const [root] = all;
  expect(root && zoneFile(root)).toMatch(/^\$TTL 60\n\. SOA root-server\. /);
  expect(dnskey(keyOf("."))).toMatch(/^257 3 13 /);
});
