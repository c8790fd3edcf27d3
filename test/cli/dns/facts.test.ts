import { join } from "node:path";
import { factsFromState } from "../../../cli/dns/facts";
import { readSite, type SiteSpec } from "../../../site";

const site = readSite(join(__dirname, "site.yaml")).site as SiteSpec;
const URN = "urn:pulumi:small::postfleet::postfleet:index:Site$";
/** What stands in an export for a secret: a mark and what only the passphrase opens. */
const SECRET = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", ciphertext: "v1:x" };

const resource = (type: string, name: string, outputs: object, inputs: object = {}) => ({
  ...{ urn: `${URN}${type}::${name}`, type, inputs, outputs },
});
const signs = (algorithm: string, ...names: string[]) => ({ algorithm, published: names.map((name) => ({ name })) });
const state = (...resources: object[]) => ({ version: 3, deployment: { resources } });
const ring = (...keys: [string, string, string][]) => ({
  active: keys[0]?.[0],
  keys: keys.map(([selector, publicKey, phase]) => ({ selector, publicKey, phase, since: "2026-01-01T00:00:00Z" })),
  privateKeyPem: SECRET,
  privateKeys: SECRET,
});

const RSA = ring(["r2", "AAAA", "active"], ["r3", "BBBB", "next"], ["r1", "CCCC", "revoked"]);

test("every key of a ring is published, a revoked one as void", () => {
  const exported = state(
    resource("postfleet:dkim:Key", "dkim-example.org-rsa", RSA, signs("rsa", "example.org")),
    resource("postfleet:tls:Key", "tls-mail1", ring(["k1", "ab", "active"], ["k2", "cd", "next"])),
    resource("postfleet:tls:Key", "zone-example.org", ring(["k1", "ef", "active"])),
    resource("postfleet:acme:Account", "acme", { accountUri: "https://ca.example/1", accountKeyPem: SECRET }),
  );
  const key = { domain: "example.org", algorithm: "rsa" };
  expect(factsFromState(exported, site)).toEqual({
    dkim: [
      { ...key, selector: "r2", publicKey: "AAAA" },
      { ...key, selector: "r3", publicKey: "BBBB" },
      { ...key, selector: "r1", publicKey: "" },
    ],
    tlsa: { "mail1.example.org": ["ab", "cd"] },
    acmeAccountUri: "https://ca.example/1",
  });
});

test("a key that domains share is published in each of them", () => {
  const shared = ring(["se1", "DDDD", "active"]);
  const exported = state(
    resource("postfleet:dkim:Key", "dkim-shared-ed25519", shared, signs("ed25519", "example.org", "example.net")),
  );
  const key = { algorithm: "ed25519", selector: "se1", publicKey: "DDDD" };
  expect(factsFromState(exported, site)?.dkim).toEqual([
    { domain: "example.org", ...key },
    { domain: "example.net", ...key },
  ]);
});

test.each([
  ["an empty stack", { version: 3, deployment: {} }],
  ["a stack without keys", state(resource("postfleet:mail:Host", "host-mail1", { role: "host" }))],
  ["keys that are secrets throughout", state(resource("postfleet:tls:Key", "tls-mail1", { keys: SECRET }))],
  ["no export at all", null],
])("%s has no facts", (_what, exported) => expect(factsFromState(exported, site)).toBeUndefined());
