/** Facts of the site's keys: what DNS says of them, which of them hosts hold, and which sign. */
import * as pulumi from "@pulumi/pulumi";
import { type DnsFacts, type DnsRecord, recordSet } from "../../plan/dns/records";
import type { RingKey } from "../../provider/keys/contract";
import { type DkimSigner, dkimKeyPath } from "../../roles/filter";
import { presentHosts } from "../../site";
import type { DkimRing } from "../identities";
import type { SiteParts } from "./place";

/** Everything DNS has to say about keys, once they exist. */
export function dnsFacts({ site, dkim, tls, account }: SiteParts): pulumi.Output<DnsFacts> {
  return pulumi
    .output({
      dkim: dkim.map(({ key, domains, algorithm }) =>
        key.keys.apply((keys) => publishedKeys(domains, algorithm, keys)),
      ),
      tlsa: Object.fromEntries(
        presentHosts(site).flatMap((host) => {
          const key = tls.get(host.name);
          return key ? [[host.hostname, key.keys.apply((keys) => keys.map(({ publicKey }) => publicKey))]] : [];
        }),
      ),
      acmeAccountUri: account?.accountUri,
    })
    .apply((facts): DnsFacts => ({ ...facts, dkim: facts.dkim.flat() }));
}

/** The files of all keys that a filter holds: the one at work, and those before it. */
export function keyFiles(dkim: DkimRing[]): pulumi.Output<Record<string, pulumi.Output<string>>> {
  return pulumi.all(dkim.map(({ key }) => pulumi.all([key.active, key.held]))).apply((rings) =>
    Object.fromEntries(
      dkim.flatMap((ring, index) => {
        const [active = "", held] = rings[index] ?? [];
        const pem = (selector: string) => ring.key.privateKeys.apply((all) => privateKeyOf(ring, all, selector));
        return heldBy(ring, active, held).map((selector) => [dkimKeyPath(ring.name, selector), pem(selector)]);
      }),
    ),
  );
}

type Named = Pick<DkimRing, "name" | "algorithm">;

/** What hosts hold. A damaged state must not lead to mail without a signature. */
export function heldBy(ring: Named, active: string, held: string[] = []): string[] {
  if (!held.includes(active)) throw damaged(ring, `${active} signs, and hosts hold ${held.join(", ") || "none"}`);
  return held;
}

/** One of a ring's private keys. */
export function privateKeyOf(ring: Named, all: Record<string, string>, selector: string): string {
  const pem = all[selector];
  if (pem === undefined) throw damaged(ring, `the private key ${selector} is missing`);
  return pem;
}

const damaged = ({ name, algorithm }: Named, what: string) =>
  new Error(
    `the ${algorithm} keys of ${name} in the state of the stack are damaged: ${what}\n` +
      "hint: bring back an earlier state, with pulumi stack export --version and pulumi stack import",
  );

/** A revoked key is published too, as an empty one: "this was ours, and no longer", RFC 6376 section 3.6.1. */
function publishedKeys(domains: string[], algorithm: DkimSigner["algorithm"], keys: RingKey[]): DnsFacts["dkim"] {
  return domains.flatMap((domain) =>
    keys.map(({ selector, phase, publicKey }) => ({
      ...{ domain, selector, algorithm },
      publicKey: phase === "revoked" ? "" : publicKey,
    })),
  );
}

/** Which keys sign now: known in previews too, as the selectors are. */
export function signers(dkim: DkimRing[]): pulumi.Output<DkimSigner[]> {
  return pulumi
    .all(dkim.map(({ key }) => key.active))
    .apply((selectors) =>
      dkim.flatMap(({ name, domains, algorithm }, index) =>
        domains.map((domain) => ({ domain, selector: selectors[index] ?? "", algorithm, key: name })),
      ),
    );
}

/** The records that must be in DNS before mail is signed. */
export function signingRecords(parts: SiteParts): pulumi.Output<DnsRecord[]> {
  return pulumi.all([dnsFacts(parts), signers(parts.dkim)]).apply(([facts, signing]) => {
    const names = new Set(signing.map(({ selector, domain }) => `${selector}._domainkey.${domain}`));
    return recordSet(parts.site, facts).filter(({ name, type }) => type === "TXT" && names.has(name));
  });
}
