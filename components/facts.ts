/** What is known only when keys and accounts exist, each as an output that those alone wait for who ask for it. */
import * as pulumi from "@pulumi/pulumi";
import type { Plan } from "../plan";
import { dataSetOf } from "../plan/data-sets";
import { fill } from "../plan/dns/fill";
import type { RingKey } from "../provider/keys/contract";
import { selfSigned } from "../roles/backup/certificate";
import type { FactName, Facts } from "../roles/define";
import { targetKey } from "../roles/shared/backup";
import { ACME_ACCOUNT, type DnsRecord, type KeyFact, type KeyFacts } from "../roles/shared/records";
import { addressesOf, type SiteSpec } from "../site";
import type { Vault } from "./vault";

type FactOutputs = { [K in FactName]: () => pulumi.Output<Facts[K]> };

/** The facts of a site; each is made when it is first asked for. */
export class SiteFacts {
  private readonly made = new Map<FactName, pulumi.Output<unknown>>();
  private readonly make: FactOutputs;

  constructor(
    site: SiteSpec,
    private readonly plan: Plan,
    vault: Vault,
    acmeCa: string | undefined,
  ) {
    this.make = {
      records: () => keyFacts(plan, vault).apply((keys) => fill(plan.records, keys)),
      signing: () => signing(plan, vault),
      acmeAccountUri: () => pulumi.output(vault.acmeAccount?.accountUri),
      acmeCa: () => pulumi.output(acmeCa),
      targetCertificates: () => targetCertificates(site, vault),
      linkKeys: () => linkKeys(plan, vault),
    };
  }

  get records(): pulumi.Output<DnsRecord[]> {
    return this.of("records");
  }

  /** The records that must be in DNS before mail is signed: those of the keys at work. */
  get signingRecords(): pulumi.Output<DnsRecord[]> {
    return pulumi.all([this.of("records"), this.of("signing")]).apply(([records, rings]) => {
      const names = new Set(
        this.plan.signers.flatMap(({ ring, domains }) =>
          domains.map((domain) => `${rings[ring]?.active ?? ""}._domainkey.${domain}`),
        ),
      );
      return records.filter(({ name, type }) => type === "TXT" && names.has(name));
    });
  }

  private of<K extends FactName>(name: K): pulumi.Output<Facts[K]> {
    const known = this.made.get(name) ?? this.make[name]();
    this.made.set(name, known);
    return known as pulumi.Output<Facts[K]>;
  }

  /** Calls a function with the facts that it names, and no others, as soon as they are known; at once where it names none. */
  with<F extends FactName, T>(names: readonly F[], use: (known: Pick<Facts, F>) => T): T | pulumi.Output<T> {
    if (names.length === 0) return use({} as Pick<Facts, F>);
    const wanted: Record<string, pulumi.Output<unknown>> = Object.fromEntries(
      names.map((name) => [name, this.of(name)]),
    );
    return pulumi.output(wanted).apply((known) => use(known as unknown as Pick<Facts, F>));
  }
}

/** What the records say of each key. A revoked one is published too, as an empty one: "this was ours, and no longer". */
const keyFact = ({ selector, phase, publicKey }: RingKey): KeyFact => ({
  selector,
  publicKey: phase === "revoked" ? "" : publicKey,
});

function keyFacts({ rings }: Plan, vault: Vault): pulumi.Output<KeyFacts> {
  const keys: Record<string, pulumi.Output<KeyFact[]>> = {};
  for (const { id, published } of rings) {
    if (published.length === 0) continue;
    keys[id] = vault.ring(id).keys.apply((all) => all.map(keyFact));
  }
  const account = vault.acmeAccount;
  if (account) keys[ACME_ACCOUNT] = account.accountUri.apply((accountUri): KeyFact[] => [{ accountUri }]);
  return pulumi.output(keys).apply((known) => known);
}

function signing({ signers }: Plan, vault: Vault): pulumi.Output<Facts["signing"]> {
  const known: Record<string, { active: pulumi.Output<string>; held: pulumi.Output<string[]> }> = {};
  for (const { ring } of signers) {
    const { active, held } = vault.ring(ring);
    known[ring] = { active, held };
  }
  return pulumi.output(known).apply((all) => all);
}

function targetCertificates(site: SiteSpec, vault: Vault): pulumi.Output<Record<string, string>> {
  const dataSet = dataSetOf(site);
  const certificates = site.hosts
    .filter(({ roles }) => roles.includes("backup"))
    .map((target) => {
      const key = vault.resolve(targetKey(dataSet(target)));
      // The certificate is public, though it is computed from the key.
      return [
        target.name,
        pulumi.unsecret(key.apply((pem) => selfSigned(pem, [target.hostname, ...addressesOf([target])]))),
      ] as const;
    });
  return pulumi.output(Object.fromEntries(certificates));
}

function linkKeys({ instances }: Plan, vault: Vault): pulumi.Output<Facts["linkKeys"]> {
  const members = instances.filter(({ role, lost }) => role === "link" && !lost);
  return pulumi.output(Object.fromEntries(members.map(({ host }) => [host, vault.linkKey(host).publicKey] as const)));
}
