/** Sites at OVH: what the examples become, and every default. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import Ajv from "ajv";
import { load } from "js-yaml";
import { loadSite, plan, readSite } from "../../plan";
import { fill } from "../../plan/dns/fill";
import { host } from "../../site";
import { jsonSchema } from "../../site/json-schema";
import { folderWith, hostKeyLine } from "./fixture";

const STACKS = join(__dirname, "../../stacks");
const stack = (name: string) => readFileSync(join(STACKS, name), "utf8");
const PEM = "-----BEGIN CERTIFICATE-----\n";

/** A site of one mail host, at OVH where that is given, and more at the top. */
const siteWith = (ovh: string | undefined, top = "") =>
  loadSite(
    folderWith({
      "site.yaml": `
site: s
hosts:
  mail1: { address: 192.0.2.1, hostKeys: [${hostKeyLine()}], roles: [mx, submission, relay, mailstore]${ovh ? `, ovh: ${ovh}` : ""} }
domains: { example.org: { catchAll: a@example.com } }
${top}`,
    }),
  );

test("the example is valid as it stands, without files beside it and without a word of warning", () => {
  const { problems, site } = readSite(join(STACKS, "ovh.example.yaml"));
  expect(problems).toEqual([]);
  expect(site?.ovh).toEqual({ endpoint: "ovh-eu", nas: [] });
  expect(site?.dns).toEqual({ provider: "ovh", ttl: 3600, dnssec: true });
  expect(site?.hosts.map(({ hostKeys }) => hostKeys)).toEqual([[], []]);
  expect(site?.hosts[0]?.ovh).toEqual({
    product: "server",
    service: "ns1001.ip-192-0-2.eu",
    install: {
      image: "debian13_64",
      reinstall: "2026-11-22",
      partitions: [
        { mount: "/boot", size: 1024, fs: "ext4", raid: 1 },
        { mount: "swap", size: 4096, fs: "swap" },
        { mount: "/", size: 0, fs: "ext4", raid: 1 },
      ],
      trustFirstContact: false,
    },
    firewall: true,
    monitoring: true,
    reverse: true,
    additionalIps: [],
    backupStorage: { protocols: ["ftp"], access: ["mail1"] },
  });
});

test("the example's records: all in its zones, with the ramp of its second domain", () => {
  const records = fill(plan(loadSite(join(STACKS, "ovh.example.yaml"))).records, {});
  expect(records.filter(({ zone }) => zone === undefined)).toEqual([]);
  const found = (name: string) => records.find((record) => record.name === name)?.values;
  expect(found("_dmarc.campus-lists.example")).toEqual([
    '"v=DMARC1; p=quarantine; t=y; rua=mailto:postmaster@campus.example"',
  ]);
  expect(found("campus-lists.example._report._dmarc.campus.example")).toEqual(['"v=DMARC1"']);
});

test("the lab's site at OVH is valid with the files that the lab writes", () => {
  const file = folderWith({ "ovh-lab.yaml": stack("ovh-lab.yaml"), "lab.ca.pem": PEM, "ovh-lab.ca.pem": PEM });
  expect(readSite(file).problems).toEqual([]);
  const site = loadSite(file);
  expect(site.ovh).toEqual({ endpoint: "https://10.66.0.1:8443/1.0", caFile: "ovh-lab.ca.pem", nas: [] });
  expect(host(site, "mail1").ovh?.additionalIps).toEqual([{ address: "10.66.0.60", name: "relay.campus.example" }]);
});

test.each(["PRIVATE KEY", "EC PRIVATE KEY", "RSA PRIVATE KEY", "ENCRYPTED PRIVATE KEY", "OPENSSH PRIVATE KEY"])(
  "a caFile with a %s beside the certificate is refused",
  (kind) => {
    const both = `${PEM}-----BEGIN ${kind}-----\n`;
    const file = folderWith({ "ovh-lab.yaml": stack("ovh-lab.yaml"), "lab.ca.pem": both, "ovh-lab.ca.pem": both });
    const found = readSite(file).problems.map(({ path, message }) => `${path}: ${message}`);
    expect(found).toEqual([
      "certificates.acme.caFile: a private key is in this file",
      "ovh.caFile: a private key is in this file",
    ]);
  },
);

test.each(["ovh.example.yaml", "ovh-lab.yaml"])("editors accept %s", (name) => {
  const formats = { ipv4: true, ipv6: true, uri: true } as const;
  const valid = new Ajv({ allErrors: true, allowUnionTypes: true, formats }).compile(jsonSchema());
  expect([valid(load(stack(name))), valid.errors]).toEqual([true, null]);
});

test("a site without anything at OVH has no word of it", () => {
  const site = siteWith(undefined);
  expect(site).not.toHaveProperty("ovh");
  expect(site.hosts[0]).not.toHaveProperty("ovh");
});

test("defaults of a VPS, and of a server that is taken over", () => {
  const vps = siteWith("{ vps: vps-1.vps.ovh.net, install: { trustFirstContact: true }, reverse: false }");
  expect(vps.ovh).toEqual({ endpoint: "ovh-eu", nas: [] });
  expect(vps.hosts[0]?.ovh).toEqual({
    product: "vps",
    service: "vps-1.vps.ovh.net",
    install: { image: "Debian 13", partitions: [], trustFirstContact: true },
    firewall: false,
    reverse: false,
    additionalIps: [],
  });
  expect(siteWith("{ server: ns1.ip-192-0-2.eu, backupStorage: {} }").hosts[0]?.ovh).toEqual({
    product: "server",
    service: "ns1.ip-192-0-2.eu",
    firewall: false,
    reverse: true,
    additionalIps: [],
    backupStorage: { protocols: ["ftp"], access: ["mail1"] },
  });
});

test("storage, networks and IPv6 in any form", () => {
  const { ovh, hosts } = siteWith(
    '{ server: ns1.ip-192-0-2.eu, additionalIps: [{ address: "2001:DB8:0:0:0::0A", name: ä.example.org }] }',
    `
ovh:
  endpoint: https://api.example.org/1.0/
  vrack: pn-7
  nas: { zpool-1: { partitions: { mail: { size: 1T, access: [mail1] } } } }
  project:
    id: 0123456789abcdef0123456789abcdef
    region: GRA
    buckets: { plain: , locked: { objectLock: { mode: compliance, period: 2w } } }`,
  );
  expect(hosts[0]?.ovh?.additionalIps).toEqual([{ address: "2001:db8::a", name: "xn--4ca.example.org" }]);
  expect(ovh).toEqual({
    endpoint: "https://api.example.org/1.0",
    vrack: "pn-7",
    nas: [
      {
        service: "zpool-1",
        partitions: [{ name: "mail", size: 1024, protocol: "NFS", access: ["mail1"], snapshots: ["day-1"] }],
      },
    ],
    project: {
      id: "0123456789abcdef0123456789abcdef",
      region: "GRA",
      buckets: [
        { name: "plain", versioning: true },
        { name: "locked", versioning: true, objectLock: { mode: "compliance", period: 14 } },
      ],
    },
  });
});

test("PowerDNS by its API needs no nameserver; DNSSEC is the default of every provider", () => {
  const dns = (given: string) => siteWith(undefined, `dns: ${given}`).dns;
  expect(dns("{ provider: powerdns, api: { url: http://127.0.0.1:8081/ } }")).toEqual({
    provider: "powerdns",
    api: { url: "http://127.0.0.1:8081", server: "localhost" },
    ttl: 3600,
    dnssec: true,
  });
  expect(dns("{ provider: ovh, dnssec: false }")).toEqual({ provider: "ovh", ttl: 3600, dnssec: false });
  expect(dns("{}")).toEqual({ provider: "none", ttl: 3600, dnssec: false });
});

test("what a domain asks of DMARC, SPF and DAV", () => {
  const more =
    "dmarcTesting: true, dmarcSubdomains: reject, dmarcNonexistent: reject, dmarcFailureReports: f@example.com";
  const file = folderWith({
    "site.yaml": `
site: s
hosts: { mail1: { address: 192.0.2.1, hostKeys: [${hostKeyLine()}], roles: [mx, relay, mailstore], mxPreference: 5 } }
domains:
  example.org: { catchAll: a@example.com, dmarc: quarantine, ${more}, dav: Cloud.example.org, spf: ["include:_spf.exämple.net"] }`,
  });
  const site = loadSite(file);
  expect(site.hosts[0]?.mxPreference).toBe(5);
  expect(site.domains[0]).toMatchObject({
    dmarcTesting: true,
    dmarcSubdomains: "reject",
    dmarcNonexistent: "reject",
    dmarcFailureReports: "f@example.com",
    dav: "cloud.example.org",
    spf: ["include:_spf.xn--exmple-cua.net"],
  });
});

test("1000 domains are read in a moment", () => {
  const domains = Array.from({ length: 1000 }, (_, i) => `  d${i}.example: { catchAll: a@example.com }`).join("\n");
  const text = `site: s
hosts: { mail1: { address: 192.0.2.1, hostKeys: [${hostKeyLine()}], roles: [mx, submission, relay, mailstore, webmail] } }
domains:\n${domains}\n`;
  const file = folderWith({ "many.yaml": text });
  const start = performance.now();
  expect(loadSite(file).domains).toHaveLength(1000);
  expect(performance.now() - start).toBeLessThan(3000);
});
