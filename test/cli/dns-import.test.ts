/** `postfleet dns import`: a zone as others made it, told for the site file; judged against a site where there is one. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import { dnsImport } from "../../cli/dns-import";
import { readSite } from "../../plan";
import { newFolder } from "../support/folder";
import { keptOutput } from "../support/output";

const ZONE = `$TTL 3600
@ IN SOA ns.example.com. host.example.com. (1 2 3 4 5)
@ IN NS ns.example.com.
@ IN MX 10 mx.example.com.
@ IN TXT "v=spf1 mx ip4:203.0.113.7 include:_spf.example.net ~all"
@ IN TXT "site-verification=abc"
@ IN A 203.0.113.80
www IN CNAME example.org.
autoconfig IN CNAME old.example.com.
_dmarc IN TXT "v=DMARC1; p=quarantine; rua=mailto:dmarc@example.org,mailto:x@example.com"
_smtp._tls IN TXT "v=TLSRPTv1; rua=mailto:dmarc@example.org"
s2020._domainkey IN TXT "v=DKIM1; p=AAAA"
r1._domainkey IN TXT "v=DKIM1; k=rsa; p=BBBB"
_caldavs._tcp IN SRV 0 1 443 cloud.example.org.
`;
const SITE = `site: example
hosts:
  mail1: { address: 192.0.2.25, roles: [mx, submission, relay, filter, mailstore, webmail] }
domains:
  example.org: { dmarc: quarantine, dmarcReports: dmarc@example.org }
dns: { provider: ovh }
accounts: { mailboxes: { dmarc@example.org: { name: Reports } }, aliases: { postmaster@example.org: [dmarc@example.org] } }
ssh: { knownHosts: known_hosts }
`;
const KNOWN_HOSTS =
  "mail1,192.0.2.25 ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEmbGzRSJ2ILhUtLIMXZzQdKmzXTzcuEl+Wi2nVLvIs4\n";
const folder = newFolder({ zone: ZONE, known_hosts: KNOWN_HOSTS, "site.yaml": SITE });
const printed = keptOutput();

async function run(...args: string[]): Promise<string> {
  const dns = new Command("dns")
    .argument("[file]")
    .option("--json")
    .action(() => {
      throw new Error("the parent took the command line for itself");
    });
  dnsImport(dns);
  await dns.parseAsync(["import", ...args], { from: "user" });
  return printed.out;
}
const json = async (...args: string[]) =>
  JSON.parse(await run(...args, "--json")) as {
    siteFile: { domains: Record<string, object>; dns: object };
    notes: string[];
    records: { name: string; type: string; value: string; verdict: string; wanted?: string[] }[];
  };
const zoneFile = () => join(folder, "zone");

test("the entry of the site file, and what it cannot say", async () => {
  const { siteFile, notes } = await json("example.org", "--from", zoneFile());
  expect(siteFile).toEqual({
    domains: {
      "example.org": {
        dmarc: "quarantine",
        dmarcReports: "dmarc@example.org",
        spf: ["ip4:203.0.113.7", "include:_spf.example.net"],
        dav: "cloud.example.org",
      },
    },
    dns: { provider: "none" },
  });
  expect(notes.join("\n")).toContain("SPF ends in ~all");
  expect(notes.join("\n")).toContain("mail goes to mx.example.com. today");
});

test("the entry is one that a site file takes", async () => {
  const { siteFile } = await json("example.org", "--from", zoneFile());
  const file = join(folder, "built.yaml");
  const built = Object.entries(siteFile).map(([key, value]) => `${key}: ${JSON.stringify(value)}`);
  writeFileSync(file, SITE.replace(/^domains:[\s\S]*?^dns:.*$/m, built.join("\n")));
  const { site, problems } = readSite(file);
  expect(problems.filter(({ severity }) => severity === "error")).toEqual([]);
  expect(site?.domains[0]?.spf).toEqual(["ip4:203.0.113.7", "include:_spf.example.net"]);
});

test("without a site: what Postfleet will speak for, and what it leaves alone", async () => {
  const { records } = await json("example.org", "--from", zoneFile());
  const verdict = (name: string, type: string) =>
    records.filter((r) => r.name === name && r.type === type).map((r) => r.verdict);
  expect(verdict("example.org", "MX")).toEqual(["claim"]);
  expect(verdict("example.org", "TXT").sort()).toEqual(["claim", "leave"]);
  expect(verdict("_dmarc.example.org", "TXT")).toEqual(["claim"]);
  expect(verdict("www.example.org", "CNAME")).toEqual(["leave"]);
  expect(verdict("example.org", "A")).toEqual(["leave"]);
});

test("with a site: what is as wanted, what is in the way and for what, and what is nobody's business", async () => {
  const { records } = await json("example.org", "--from", zoneFile(), "--site", join(folder, "site.yaml"));
  const of = (verdict: string) =>
    records.filter((r) => r.verdict === verdict).map((r) => `${r.name} ${r.type} ${r.value.slice(0, 20)}`);
  expect(of("adopt")).toEqual([
    '_smtp._tls.example.org TXT "v=TLSRPTv1; rua=mai',
    'r1._domainkey.example.org TXT "v=DKIM1; k=rsa; p=B',
  ]);
  expect(of("conflict")).toEqual([
    "example.org MX 10 mx.example.com.",
    'example.org TXT "v=spf1 mx ip4:203.0',
    "autoconfig.example.org CNAME old.example.com.",
    '_dmarc.example.org TXT "v=DMARC1; p=quarant',
  ]);
  expect(records.find((r) => r.type === "MX")?.wanted).toEqual(["example.org MX 10 mail1.example.org."]);
  expect(of("leave")).toContain('s2020._domainkey.example.org TXT "v=DKIM1; p=AAAA"');
  expect(of("leave")).toContain('example.org TXT "site-verification=a');
});

test("the report for a person groups the records by what becomes of them", async () => {
  const text = await run("example.org", "--from", zoneFile(), "--site", join(folder, "site.yaml"));
  expect(text).toContain("For the site file:\n\n  domains:\n    example.org:\n      dmarc: quarantine");
  expect(text).toMatch(
    /In the way; .*\n {2}example\.org 3600 MX 10 mx\.example\.com\.\n {4}wanted: example\.org MX 10 mail1/,
  );
  expect(text).toMatch(/Left alone:\n[\s\S]*www\.example\.org/);
});

test("a domain without mail, and one without DMARC", async () => {
  writeFileSync(join(folder, "silent"), '@ 60 IN MX 0 .\n@ 60 IN TXT "v=spf1 -all"\n');
  expect((await json("example.net", "--from", join(folder, "silent"))).siteFile.domains["example.net"]).toEqual({
    mail: false,
  });
  writeFileSync(join(folder, "young"), "@ 60 IN MX 10 mx\n");
  printed.out = "";
  const { siteFile, notes } = await json("example.net", "--from", join(folder, "young"));
  expect(siteFile.domains["example.net"]).toEqual({ dmarc: "none" });
  expect(notes.join()).toContain("no DMARC policy yet");
});

test.each([
  [["exa mple", "--from", "ovh"], "is not the name of a zone"],
  [["example.org", "--from", "powerdns"], '--url is "missing"'],
  [["example.org", "--from", "/nowhere"], "there is no zone file /nowhere"],
])("%j is refused", async (args, message) => {
  await expect(run(...args)).rejects.toThrow(message);
});
