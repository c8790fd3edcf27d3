import { join } from "node:path";
import { factsFromState } from "../../../cli/dns/facts";
import { readSite, type SiteSpec } from "../../../site";

const site = readSite(join(__dirname, "site.yaml")).site as SiteSpec;
const URN = "urn:pulumi:small::postfleet::postfleet:index:Site$";
/** What stands in an export for a secret: a mark and what only the passphrase opens. */
const SECRET = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", ciphertext: "v1:x" };

const resource = (type: string, name: string, outputs: object) => ({ urn: `${URN}${type}::${name}`, type, outputs });
const state = (...resources: object[]) => ({ version: 3, deployment: { resources } });
const ring = (...keys: [string, string, string][]) => ({
  active: keys[0]?.[0],
  keys: keys.map(([selector, publicKey, phase]) => ({ selector, publicKey, phase, since: "2026-01-01T00:00:00Z" })),
  privateKeyPem: SECRET,
  privateKeys: SECRET,
});

test("every key of a ring is published, a revoked one as void", () => {
  const exported = state(
    resource(
      "postfleet:dkim:Key",
      "dkim-example.org-rsa",
      ring(["r2", "AAAA", "active"], ["r3", "BBBB", "next"], ["r1", "CCCC", "revoked"]),
    ),
    resource("postfleet:dkim:Key", "dkim-example.org-ed25519", ring(["e1", "DDDD", "active"])),
    resource("postfleet:dkim:Key", "dkim-gone.example-rsa", ring(["r1", "EEEE", "active"])),
    resource("postfleet:tls:Key", "tls-mail1", ring(["t1", "ab", "active"], ["t2", "cd", "next"])),
    resource("postfleet:tls:Key", "zone-example.org", ring(["z1", "ef", "active"])),
    resource("postfleet:acme:Account", "acme", { accountUri: "https://ca.example/1", accountKeyPem: SECRET }),
  );
  expect(factsFromState(exported, site)).toEqual({
    dkim: [
      { domain: "example.org", algorithm: "rsa", selector: "r2", publicKey: "AAAA" },
      { domain: "example.org", algorithm: "rsa", selector: "r3", publicKey: "BBBB" },
      { domain: "example.org", algorithm: "rsa", selector: "r1", publicKey: "" },
      { domain: "example.org", algorithm: "ed25519", selector: "e1", publicKey: "DDDD" },
    ],
    tlsa: { "mail1.example.org": ["ab", "cd"] },
    acmeAccountUri: "https://ca.example/1",
  });
});

test.each([
  ["an empty stack", { version: 3, deployment: {} }],
  ["a stack without keys", state(resource("postfleet:mail:Host", "host-mail1", { role: "host" }))],
  ["keys that are secrets throughout", state(resource("postfleet:tls:Key", "tls-mail1", { keys: SECRET }))],
  ["no export at all", null],
])("%s has no facts", (_what, exported) => expect(factsFromState(exported, site)).toBeUndefined());
