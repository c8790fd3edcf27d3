/** Record sets of the site file's own: they join the zones, and what would contradict Postfleet's is refused. */
import { plan, readSite } from "../../../plan";
import type { Problem } from "../../../site";
import { LAB_YAML } from "../../components/site/mocks";
import { folderWith, hostKeyLine } from "../../site/fixture";

const BASE = LAB_YAML.replace(/^ *caFile: .*\n/m, "");

function read(records: string) {
  const dns = `dns:\n  provider: powerdns\n  records:\n${records.trimEnd().replace(/^/gm, "    ")}\n`;
  const knownHosts = ["10.66.0.11", "10.66.0.21"].map((address) => `${address} ${hostKeyLine()}\n`).join("");
  return readSite(folderWith({ "site.yaml": BASE.replace(/^dns: .*\n/m, dns), "lab.known_hosts": knownHosts }));
}

const wrong = (records: string): Pick<Problem, "path" | "message">[] =>
  read(records)
    .problems.filter(({ severity }) => severity === "error")
    .map(({ path, message }) => ({ path, message }));

/** The values of one record set of the plan. */
function values(records: string, name: string, type: string): unknown {
  const { site, problems } = read(records);
  expect(problems.filter(({ severity }) => severity === "error")).toEqual([]);
  if (site === undefined) throw new Error("no site");
  return plan(site).records.find((record) => record.name === name && record.type === type)?.values;
}

test("a web site, an alias, a delegation and another service's keys stand beside the mail's records", () => {
  const records = `www.example.org: { A: [192.0.2.80], AAAA: ["2001:DB8::0080"] }
shop.example.org: { CNAME: [Shops.example.net] }
lab.example.org: { NS: [ns1.lab.example.org, ns2.example.net.] }
ns1.lab.example.org: { A: [192.0.2.53] }
k1._domainkey.example.org: { TXT: ["v=DKIM1; p=abc"] }
"*.pages.example.org": { MX: [10 mail.example.net], SRV: ["0 1 443 a.example.net"] }
_sip._tcp.example.net: { SRV: ["0 1 5061 sip.example.com."] }
`;
  expect(values(records, "www.example.org", "A")).toEqual(["192.0.2.80"]);
  expect(values(records, "www.example.org", "AAAA")).toEqual(["2001:db8::80"]);
  expect(values(records, "shop.example.org", "CNAME")).toEqual(["shops.example.net."]);
  expect(values(records, "lab.example.org", "NS")).toEqual(["ns1.lab.example.org.", "ns2.example.net."]);
  expect(values(records, "k1._domainkey.example.org", "TXT")).toEqual(['"v=DKIM1; p=abc"']);
  expect(values(records, "*.pages.example.org", "MX")).toEqual(["10 mail.example.net."]);
  expect(values(records, "_sip._tcp.example.net", "SRV")).toEqual(["0 1 5061 sip.example.com."]);
});

test("a text joins Postfleet's own, and what it holds is quoted for the zone file", () => {
  const records = `example.org: { TXT: ["some-verification=3f2a", 'a "quoted" \\ ; text'] }`;
  expect(values(records, "example.org", "TXT")).toEqual([
    expect.stringMatching(/^"v=spf1 /),
    '"some-verification=3f2a"',
    '"a \\"quoted\\" \\\\ ; text"',
  ]);
});

test("without any, the plan is what it was", () => {
  expect(Object.keys(read("{}").site?.dns ?? {}).sort()).toEqual(["dnssec", "provider", "ttl"]);
});

test.each([
  [
    "another zone",
    "www.example.com: { A: [192.0.2.1] }",
    /^dns\.records\["www\.example\.com"\]$/,
    /in no zone of this site/,
  ],
  ["a second MX", "example.org: { MX: [10 mail.example.net] }", /MX/, /Postfleet itself says which MX/],
  ["another CA", `example.org: { CAA: ['0 issue "ca.example"'] }`, /CAA/, /Postfleet itself says which CAA/],
  ["a second SPF", "example.org: { TXT: [v=spf1 -all] }", /TXT\[0\]/, /writes this text itself/],
  ["a second DMARC", "_dmarc.example.org: { TXT: [v=DMARC1; p=none] }", /TXT\[0\]/, /writes this text itself/],
  ["a host's address", "mail1.example.org: { AAAA: ['2001:db8::9'] }", /AAAA/, /a name of Postfleet's/],
  ["an alias of a host's name", "mail1.example.org: { CNAME: [x.example.net] }", /CNAME/, /has other records \(A, /],
  [
    "an alias beside others",
    "a.example.org: { CNAME: [x.example.net], A: [192.0.2.1] }",
    /CNAME/,
    /other records \(A\)/,
  ],
  ["two aliases", "a.example.org: { CNAME: [x.example.net, y.example.net] }", /CNAME/, /alias of one other/],
  ["an alias of a zone", "example.org: { CNAME: [x.example.net] }", /CNAME/, /is a zone/],
  ["name servers of a zone", "example.org: { NS: [ns.example.net] }", /NS/, /come with dns\.provider/],
  [
    "a delegation over ours",
    "_tcp.imap.example.org: { NS: [ns.example.net] }",
    /NS/,
    /_993\._tcp\.imap\.example\.org would be hidden/,
  ],
  [
    "a delegation over one's own",
    "a.example.org: { NS: [ns.example.net] }\nb.a.example.org: { A: [192.0.2.1] }",
    /NS/,
    /b\.a\.example\.org would be hidden/,
  ],
  ["no address", "www.example.org: { A: [192.0.2.300] }", /A\[0\]/, /the value is "192\.0\.2\.300"/],
  ["another family", "www.example.org: { AAAA: [192.0.2.3] }", /AAAA\[0\]/, /the value is "192\.0\.2\.3"/],
  ["a short name", "www.example.org: { CNAME: [shop] }", /CNAME\[0\]/, /names "shop"/],
  ["an MX without a number", "x.example.org: { MX: [mail.example.net] }", /MX\[0\]/, /1 fields instead of 2/],
  ["quotes around a text", `x.example.org: { TXT: ['"a"'] }`, /TXT\[0\]/, /has quotes around it/],
  ["an unknown type", "x.example.org: { ANY: [a] }", /x\.example\.org/, /ANY/],
  ["no name", "'x y.example.org': { A: [192.0.2.1] }", /x y/, /no domain name/],
  ["a star within", "a.*.example.org: { A: [192.0.2.1] }", /\*/, /no domain name/],
])("refused: %s", (_what, records, path, message) => {
  expect(wrong(records)).toEqual([{ path: expect.stringMatching(path), message: expect.stringMatching(message) }]);
});
