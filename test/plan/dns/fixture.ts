/** A small site, and what is known of its keys. */
import { siteContext } from "../../../plan";
import { fill } from "../../../plan/dns/fill";
import { plannedRecords } from "../../../plan/dns/records";
import type { DnsRecord, KeyFacts } from "../../../roles/shared/records";
import type { DomainSpec, HostSpec, OvhHostSpec, SiteSpec } from "../../../site/types";

export const host = (
  name: string,
  address: string,
  roles: HostSpec["roles"],
  more: Partial<HostSpec> = {},
): HostSpec => ({
  name,
  address,
  roles,
  location: "lille",
  hostname: `${name}.example.org`,
  sshPort: 22,
  hostKeys: [],
  lost: false,
  ...more,
});

export const ovhHost = (more: Partial<OvhHostSpec> = {}): OvhHostSpec => ({
  product: "server",
  service: "ns1.ip-192-0-2.eu",
  firewall: false,
  reverse: true,
  additionalIps: [],
  ...more,
});

export const domain = (name: string, more: Partial<DomainSpec> = {}): DomainSpec => ({
  name,
  dmarc: "reject",
  dmarcReports: `postmaster@${name}`,
  mail: true,
  spf: [],
  ...more,
});

const ALL: HostSpec["roles"] = ["mx", "submission", "relay", "filter", "mailstore", "webmail", "nameserver"];

export function site(more: Partial<SiteSpec> = {}): SiteSpec {
  return {
    site: "test",
    ssh: { user: "root" },
    hosts: [host("mail1", "192.0.2.11", ALL, { address6: "2001:db8::11" }), host("back1", "192.0.2.21", ["backup"])],
    domains: [domain("example.org"), domain("example.net", { dmarc: "quarantine" })],
    accounts: { source: "file", mailboxes: [], aliases: {}, groups: [] },
    mx: { blockLists: [], messageSizeLimit: 1, greetWait: 6 },
    submission: { rateLimit: { perHour: 200, burst: 50 } },
    relay: { queueLifetime: 120, smarthostLogin: false },
    filter: { clamav: false, signatures: [], scores: { greylist: 4, addHeader: 6, reject: 15 }, greylisting: true },
    mailstore: { pop3: false, quota: 1, fullTextSearch: true },
    webmail: { name: "webmail.example.org", productName: "Mail" },
    dns: { provider: "powerdns", ttl: 3600, dnssec: true },
    keys: { dkim: { retention: 14 * 86400, shared: false }, tls: {} },
    system: { ntp: [], journal: { size: 1024, days: 30 } },
    bans: { allow: [], connections: 500 },
    certificates: {
      acme: { directory: "https://ca/dir", email: "a@example.org", issuers: ["ca.example"], renewBefore: 30 },
    },
    ...more,
  };
}

export const KEYS: KeyFacts = {
  "dkim-example.org-rsa": [{ selector: "r1", publicKey: "A".repeat(392) }],
  "dkim-example.org-ed25519": [{ selector: "e1", publicKey: "B".repeat(44) }],
  "tls-mail1": [{ selector: "k1", publicKey: "ab".repeat(32) }],
  acme: [{ accountUri: "https://ca.example/acct/7" }],
};

/** Every record set of a site. */
export const recordsOf = (spec: SiteSpec, keys: KeyFacts = KEYS): DnsRecord[] =>
  fill(plannedRecords(siteContext(spec)), keys);
