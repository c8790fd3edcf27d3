/** Valid files: what they become, with all defaults. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { loadSite, readSite } from "../../plan";
import { host, hostsWith, primaryDomain, SiteFileError } from "../../site";
import { EXAMPLE } from "../../site/markdown";
import { folderWith, hostKeyLine } from "./fixture";

const key = hostKeyLine();
const keys = (...names: string[]) => names.map((name) => `${name} ${key}\n`).join("");

test("the lab's site is valid, and has the lab's values", () => {
  const lab = readFileSync(join(__dirname, "../../stacks/lab.yaml"), "utf8");
  const file = folderWith({
    "lab.yaml": lab,
    "lab.known_hosts": keys("10.66.0.11", "back1"),
    "lab.ca.pem": "-----BEGIN CERTIFICATE-----\n",
  });
  expect(readSite(file).problems).toEqual([]);
  const site = loadSite(file);
  expect(hostsWith(site, "backup").map(({ name }) => name)).toEqual(["back1"]);
  expect(host(site, "mail1").hostKeys).toEqual([key]);
  expect(primaryDomain(site)).toBe("example.org");
  expect(site.accounts.mailboxes[1]).toMatchObject({ address: "bob@example.org", quota: 20 * 1024 ** 2 });
  expect(site).toMatchObject({ mx: { greetWait: 2 }, dns: { ttl: 60 }, backups: { every: 60, targets: ["back1"] } });
  expect(() => host(site, "mail2")).toThrow('no host "mail2"; it has mail1, back1');
});

test("the example of the reference is valid, and every default is there", () => {
  const site = loadSite(
    folderWith({ "example.yaml": EXAMPLE, "example.known_hosts": keys("192.0.2.25,198.51.100.7") }),
  );
  expect(site).toEqual({
    site: "example",
    ssh: { user: "root" },
    hosts: [
      {
        name: "mail1",
        address: "192.0.2.25",
        address6: "2001:db8::25",
        location: "lille",
        hostname: "mail1.example.org",
        roles: ["mx", "submission", "relay", "filter", "mailstore", "webmail", "nameserver"],
        sshPort: 22,
        hostKeys: [key],
        lost: false,
      },
      {
        name: "back1",
        address: "198.51.100.7",
        location: "orsay",
        hostname: "back1.example.org",
        roles: ["backup"],
        sshPort: 22,
        hostKeys: [key],
        lost: false,
      },
    ],
    domains: [{ name: "example.org", dmarc: "reject", dmarcReports: "postmaster@example.org", mail: true, spf: [] }],
    accounts: {
      source: "file",
      mailboxes: [
        { address: "alice@example.org", name: "Alice Martin", quota: 1024 ** 3, sendAs: [] },
        { address: "bob@example.org", name: "Bob Durand", quota: 5 * 1024 ** 3, sendAs: [] },
      ],
      aliases: { "postmaster@example.org": ["alice@example.org"] },
      groups: [{ address: "team@example.org", members: ["alice@example.org", "bob@example.org"], internal: true }],
    },
    mx: { blockLists: [], messageSizeLimit: 50 * 1024 ** 2, greetWait: 6 },
    submission: { rateLimit: { perHour: 200, burst: 50 } },
    relay: { queueLifetime: 120, smarthostLogin: false },
    filter: { clamav: false, signatures: [], scores: { greylist: 4, addHeader: 6, reject: 15 }, greylisting: true },
    bans: { allow: [], connections: 500 },
    keys: { dkim: { rotate: 180 * 86400, retention: 14 * 86400, shared: false }, tls: {} },
    system: { ntp: [], journal: { size: 1024, days: 30 } },
    mailstore: { pop3: false, quota: 1024 ** 3, fullTextSearch: true },
    webmail: { name: "webmail.example.org", productName: "Webmail" },
    dns: { provider: "powerdns", ttl: 3600, dnssec: true },
    certificates: {
      acme: {
        directory: "https://acme-v02.api.letsencrypt.org/directory",
        email: "postmaster@example.org",
        issuers: ["letsencrypt.org"],
        renewBefore: 30,
      },
    },
    backups: { every: 60, keep: { daily: 7, weekly: 4, monthly: 12 }, targets: ["back1"], readableByTarget: true },
  });
});

test("names become what the DNS and SMTP use", () => {
  const file = folderWith({
    "idn.yaml": [
      "site: idn",
      `defaults: &none {}`,
      "hosts:",
      `  mail1: { address: 192.0.2.1, address6: 2001:DB8:0:0::1, hostKeys: [${key} root@mail1], roles: [mailstore, mx, relay] }`,
      "  old1: { address: 192.0.2.1, hostname: mail1.xn--bcher-kva.example, roles: [mailstore], lost: true }",
      "domains: { BÜCHER.example: { transport: smtp.example.com }, example.org: {catchAll: Ana@bücher.example} }",
      "accounts: { mailboxes: { Ana@Bücher.example: }, aliases: { POSTMASTER@bücher.example: [ana@Aña.example] } }",
      "relay: { smarthost: smtp.example.com:587, queueLifetime: 1d12h }",
    ].join("\n"),
  });
  // The anchor stands under a key that is not known, the mailbox in a domain handed elsewhere: everything else is right.
  const { problems } = readSite(file);
  expect(problems.filter(({ severity }) => severity === "error").map(({ path }) => path)).toEqual([
    "defaults",
    'accounts.mailboxes["Ana@Bücher.example"]',
  ]);
  const text = readFileSync(file, "utf8");
  const mended = text.replace(/defaults.*\n/, "").replace(" transport: smtp.example.com ", "");
  const site = loadSite(folderWith({ "idn.yaml": mended }));
  expect(site.domains.map(({ name }) => name)).toEqual(["xn--bcher-kva.example", "example.org"]);
  expect(site.domains[1]?.catchAll).toBe("ana@xn--bcher-kva.example");
  expect(site.accounts.mailboxes).toMatchObject([{ address: "ana@xn--bcher-kva.example", name: "ana" }]);
  expect(site.accounts.aliases).toEqual({ "postmaster@xn--bcher-kva.example": ["ana@xn--aa-zja.example"] });
  expect(site.relay).toEqual({ smarthost: "[smtp.example.com]:587", queueLifetime: 36, smarthostLogin: false });
  expect(host(site, "mail1")).toMatchObject({
    address6: "2001:db8::1",
    hostKeys: [key],
    roles: ["mx", "relay", "filter", "mailstore"],
  });
  expect(hostsWith(site, "mailstore").map(({ name }) => name)).toEqual(["mail1"]);
});

test("loadSite throws everything at once", () => {
  const file = folderWith({
    "wrong.yaml": "site: x\nhosts: { a: { address: 192.0.2.1 } }\ndomains: { example.org: { mail: flase } }\n",
  });
  expect(() => loadSite(file)).toThrow(SiteFileError);
  expect(() => loadSite(file)).toThrow(
    /wrong\.yaml:2:10 {2}hosts\.a\n.*no pinned[\s\S]*wrong\.yaml:3:33[\s\S]*given {4}flase/,
  );
});

test("a file that cannot be read is told apart from a wrong one", () => {
  expect(readSite("/nonexistent/site.yaml")).toMatchObject({
    unreadable: true,
    problems: [{ message: expect.stringContaining("no such file") }],
  });
  const { problems } = readSite(__dirname);
  expect(problems).toMatchObject([{ message: "the site file cannot be read: it is a directory" }]);
});
