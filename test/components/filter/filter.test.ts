import { generateKeyPairSync } from "node:crypto";
import { DKIM_SIGNING, dkimKeyPath, dkimSelector, Filter, filterManifest } from "../../../components/filter";
import { rspamdKey } from "../../../components/filter/parts";
import { contentsOf, describeInChroot, inChroot, stage } from "../../support/chroot";
import { book, lines, site } from "../relay/book";
import { declared, host, settled } from "../relay/mocks";

const args = {
  ...book,
  siteHosts: site.siteHosts,
  trainers: ["192.0.2.12"],
  dkim: [
    { domain: "example.org", selector: "r1", algorithm: "rsa" as const },
    { domain: "example.org", selector: "e1", algorithm: "ed25519" as const },
  ],
  rateLimit: { perHour: 100, burst: 7 },
  clamav: true,
  clamavSignatures: { "site.ndb": "Test:0:*:414243\n" },
};
const wanted = filterManifest(args);
const file = (path: string, manifest = wanted) => manifest.files[path]?.content ?? "";

test("both keys of a domain sign; the key files are not in the manifest", () => {
  const text = file("/etc/rspamd/override.d/dkim_signing.conf");
  expect(text).toContain('{ selector = "r1"; path = "/etc/rspamd/dkim/example.org.rsa.key"; }');
  expect(text).toContain('{ selector = "e1"; path = "/etc/rspamd/dkim/example.org.ed25519.key"; }');
  expect(Object.keys(wanted.files).filter((path) => path.startsWith("/etc/rspamd/dkim/"))).toEqual([]);
  // ARC is sealed with RSA, which every receiver verifies.
  expect(file("/etc/rspamd/override.d/arc.conf")).not.toContain("e1");
});

test("a successor takes the place of the key before: only the selector tells them apart on the host", () => {
  const conf = (selector: string) =>
    file(DKIM_SIGNING, filterManifest({ ...args, dkim: [{ domain: "example.org", selector, algorithm: "rsa" }] }));
  const path = dkimKeyPath("example.org", "rsa");
  // What the rotation looks for on a live host, see components/identities.ts.
  const shows = (text: string, selector: string) =>
    text.includes(dkimSelector("{selector}", path).replace("{selector}", selector));
  expect([shows(conf("r1"), "r1"), shows(conf("r1"), "r2"), shows(conf("r2"), "r1")]).toEqual([true, false, false]);
  expect(shows(conf("r12"), "r1")).toBe(false);
});

test("domains may share a key: one file, the selector at each domain", () => {
  const shared = ["example.org", "example.net"].map((domain) => ({
    domain,
    selector: "sr2",
    algorithm: "rsa" as const,
    key: "shared",
  }));
  const text = file(DKIM_SIGNING, filterManifest({ ...args, dkim: shared }));
  expect(text.match(/path = "\/etc\/rspamd\/dkim\/shared\.rsa\.key"/g)).toHaveLength(2);
  expect(file("/etc/rspamd/override.d/arc.conf", filterManifest({ ...args, dkim: shared }))).toContain(
    "shared.rsa.key",
  );
});

test("an Ed25519 key becomes the bare seed, an RSA key stays", () => {
  const pem = (pair: { privateKey: { export(o: { type: "pkcs8"; format: "pem" }): string | Buffer } }) =>
    String(pair.privateKey.export({ type: "pkcs8", format: "pem" }));
  const ed25519 = generateKeyPairSync("ed25519");
  const seed = Buffer.from(rspamdKey(pem(ed25519)), "base64");
  expect(seed).toEqual(ed25519.privateKey.export({ type: "pkcs8", format: "der" }).subarray(-32));
  const rsa = pem(generateKeyPairSync("rsa", { modulusLength: 1024 }));
  expect(rspamdKey(rsa)).toBe(rsa);
});

test("only the site's own hosts are local, never a whole private network", () => {
  expect(file("/etc/rspamd/override.d/options.inc")).toContain(
    'local_addrs = ["127.0.0.0/8", "::1", "192.0.2.11", "2001:db8::11"];',
  );
});

test("the scanner answers or the mail waits; accepting unscanned mail must be declared", () => {
  const rule = "/etc/rspamd/lua.local.d/postfleet-virus.lua";
  expect(file(rule)).toContain("local accept_unscanned = false");
  expect(file(rule, filterManifest({ ...args, onScannerDown: "accept" }))).toContain("local accept_unscanned = true");
  expect(filterManifest({ ...args, clamav: false }).files[rule]).toBeUndefined();
});

test("rspamd is restarted, never reloaded; the package's store stays off", () => {
  expect(wanted.services["rspamd.service"]?.reloadOn).toEqual([]);
  expect(wanted.services["rspamd.service"]?.restartOn).toContain("/etc/rspamd/dkim/");
  expect(wanted.services["valkey-server.service"]).toMatchObject({ enabled: false, running: false });
});

test("only mailstores reach the controller, and nobody the milter from outside", () => {
  expect(lines(file("/etc/nftables.d/filter.nft"))).toEqual(["ip saddr { 192.0.2.12 } tcp dport 11334 accept"]);
  const spread = filterManifest({ ...args, listen: ["192.0.2.13"], milterHosts: ["192.0.2.11"] });
  expect(lines(file("/etc/nftables.d/filter.nft", spread))[0]).toBe("ip saddr { 192.0.2.11 } tcp dport 11332 accept");
});

test("the component is one role on the host, and the keys are in its secret files alone", async () => {
  const pem = String(
    generateKeyPairSync("rsa", { modulusLength: 1024 }).privateKey.export({ type: "pkcs8", format: "pem" }),
  );
  const filter = new Filter("filter-mail1", { ...args, host, dkimKeys: { [dkimKeyPath("example.org", "rsa")]: pem } });
  const { urn } = await settled(filter.role.urn);
  expect(urn).toContain("postfleet:mail:Filter$postfleet:host:Role::filter-mail1");
  const roles = declared.filter((resource) => resource.type === "postfleet:host:Role");
  expect(roles.map((role) => role.name)).toEqual(["filter-mail1"]);
  const { secretFiles, ...open } = roles[0]?.inputs ?? {};
  expect(JSON.stringify(secretFiles)).toContain("BEGIN PRIVATE KEY");
  expect(JSON.stringify(secretFiles)).toContain('"group":"_rspamd","mode":"0640","owner":"root"');
  expect(JSON.stringify(open)).not.toContain("PRIVATE KEY");
});

describeInChroot("rspamd itself", () => {
  let folder = "";
  beforeAll(() => {
    folder = stage(contentsOf(wanted));
  });
  const rspamadm = (...argv: string[]) => inChroot("rspamadm", `--var=LOCAL_CONFDIR=${folder}/etc/rspamd`, ...argv);

  test("accepts the files", () => {
    const says = rspamadm("configtest");
    expect(says.output).toContain("syntax OK");
    expect(says.status).toBe(0);
  }, 60_000);

  test("understands them as meant: keys it does not know it would pass over in silence", () => {
    const dump = JSON.parse(rspamadm("configdump", "--json").stdout);
    expect(dump.actions).toMatchObject({ reject: 15, add_header: 6, greylist: 4 });
    expect(dump.ratelimit.rates.account.bucket).toMatchObject({ burst: 7, rate: "100 / 1h" });
    expect(dump.dkim_signing.domain["example.org"].selectors).toEqual([
      { selector: "r1", path: "/etc/rspamd/dkim/example.org.rsa.key" },
      { selector: "e1", path: "/etc/rspamd/dkim/example.org.ed25519.key" },
    ]);
    expect(dump.dmarc.actions).toMatchObject({ reject: "reject", quarantine: "add header" });
    expect(dump.options.local_addrs).toEqual(expect.arrayContaining(["::1", "192.0.2.11", "2001:db8::11"]));
    expect(dump.options.local_addrs).not.toContain("192.168.0.0/16");
    expect(dump.fuzzy_check.enabled).toBe(false);
    // Nothing is fetched from the Internet.
    expect(JSON.stringify({ ...dump, multimap: {}, rbl: {}, whitelist: {}, known_senders: {} })).not.toContain(
      "https://maps.",
    );
  }, 60_000);

  test("accepts the files of the moment when the keys change, and means the new ones", () => {
    const changed = filterManifest({
      ...args,
      dkim: [
        { domain: "example.org", selector: "r2", algorithm: "rsa" },
        { domain: "example.org", selector: "e1", algorithm: "ed25519" },
      ],
    });
    folder = stage(contentsOf(changed));
    expect(rspamadm("configtest").output).toContain("syntax OK");
    const dump = JSON.parse(rspamadm("configdump", "--json").stdout);
    const selectors = dump.dkim_signing.domain["example.org"].selectors as { selector: string }[];
    expect(selectors.map(({ selector }) => selector)).toEqual(["r2", "e1"]);
    expect(dump.arc.domain["example.org"].selector).toBe("r2");
  }, 60_000);
});
