import { join } from "node:path";
import { keysFromState } from "../../../cli/dns/keys";
import { plan, readSite } from "../../../plan";
import { fill } from "../../../plan/dns/fill";
import type { SiteSpec } from "../../../site";

const site = readSite(join(__dirname, "site.yaml")).site as SiteSpec;
const planned = plan(site);
const URN = "urn:pulumi:small::postfleet::postfleet:index:Site$";
/** What stands in an export for a secret: a mark and what only the passphrase opens. */
const SECRET = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", ciphertext: "v1:x" };

const resource = (type: string, name: string, outputs: object, inputs: object = {}) => ({
  ...{ urn: `${URN}${type}::${name}`, type, inputs, outputs },
});
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
    resource("postfleet:dkim:Key", "dkim-example.org-rsa", RSA),
    resource("postfleet:tls:Key", "tls-mail1", ring(["k1", "ab", "active"], ["k2", "cd", "next"])),
    resource("postfleet:tls:Key", "zone-example.org", ring(["k1", "ef", "active"])),
    resource("postfleet:acme:Account", "acme", { accountUri: "https://ca.example/1", accountKeyPem: SECRET }),
  );
  expect(keysFromState(exported, planned)).toEqual({
    "dkim-example.org-rsa": [
      { selector: "r2", publicKey: "AAAA" },
      { selector: "r3", publicKey: "BBBB" },
      { selector: "r1", publicKey: "" },
    ],
    "tls-mail1": [
      { selector: "k1", publicKey: "ab" },
      { selector: "k2", publicKey: "cd" },
    ],
    acme: [{ accountUri: "https://ca.example/1" }],
  });
});

test("a key that domains share is published in each of them", () => {
  const together = plan({ ...site, keys: { ...site.keys, dkim: { ...site.keys.dkim, shared: true } } });
  const exported = state(resource("postfleet:dkim:Key", "dkim-shared-ed25519", ring(["se1", "DDDD", "active"])));
  const keys = keysFromState(exported, together) ?? {};
  const published = fill(together.records, keys).filter(({ name }) => name.startsWith("se1._domainkey."));
  expect(published.map(({ name }) => name)).toEqual(
    site.domains.filter(({ mail }) => mail).map(({ name }) => `se1._domainkey.${name}`),
  );
  for (const { values } of published) expect(values).toEqual(['"v=DKIM1; k=ed25519; p=DDDD"']);
});

test.each([
  ["an empty stack", { version: 3, deployment: {} }],
  ["a stack without keys", state(resource("postfleet:mail:Host", "host-mail1", { role: "host" }))],
  ["keys that are secrets throughout", state(resource("postfleet:tls:Key", "tls-mail1", { keys: SECRET }))],
  ["no export at all", null],
])("%s has no facts", (_what, exported) => expect(keysFromState(exported, planned)).toBeUndefined());
