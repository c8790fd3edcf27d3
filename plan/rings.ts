/** The keys of a site that are rotated: which there are, where each is published, and who holds it. */
import type { Signer } from "../roles/define";
import { type PlannedRecord, tlsRing } from "../roles/shared/records";
import { hostsWith, mailDomainsOf, type SiteSpec } from "../site";
import { zonesOf } from "./dns/zones";
import { servesTls } from "./placement";
import type { Ring } from "./types";

/** Selectors begin with these: shared and own keys never meet under one name. */
const PREFIXES = { own: { rsa: "r", ed25519: "e" }, shared: { rsa: "sr", ed25519: "se" } } as const;

/** The rings that sign mail: an RSA and an Ed25519 one for each mail domain, or for all together. */
export function signersOf(site: SiteSpec): Signer[] {
  const domains = mailDomainsOf(site).map(({ name }) => name);
  if (domains.length === 0) return [];
  const groups = site.keys.dkim.shared
    ? [{ name: "shared", domains }]
    : domains.map((name) => ({ name, domains: [name] }));
  return groups.flatMap((group) =>
    (["rsa", "ed25519"] as const).map((algorithm) => ({
      ring: `dkim-${group.name}-${algorithm}`,
      algorithm,
      ...group,
    })),
  );
}

/** All rings: those that sign, then those of the hosts' certificates. */
export function ringsOf(site: SiteSpec, signers: readonly Signer[], records: readonly PlannedRecord[]): Ring[] {
  return [...dkimRings(site, signers), ...tlsRings(site, records)];
}

function dkimRings(site: SiteSpec, signers: readonly Signer[]): Ring[] {
  const { shared, rotate, retention } = site.keys.dkim;
  const zones = zonesOf(site);
  return signers.map(({ ring: id, algorithm, domains }) => ({
    id,
    kind: "dkim" as const,
    algorithm,
    prefix: PREFIXES[shared ? "shared" : "own"][algorithm],
    published: domains.map((name) => inZone({ name, zone: zones.of(name) })),
    ...(rotate === undefined ? {} : { rotate }),
    retention,
    holders: hostsWith(site, "filter").map(({ name }) => name),
  }));
}

function tlsRings(site: SiteSpec, records: readonly PlannedRecord[]): Ring[] {
  const { rotate } = site.keys.tls;
  // A cache may hold the set without the next key for one TTL; another one for clocks and slow secondaries, RFC 7671 section 8.1.
  const settle = 2 * site.dns.ttl;
  const places = publishedBy(records);
  return site.hosts
    .filter((host) => servesTls(site, host))
    .map((host) => ({
      id: tlsRing(host),
      kind: "tls" as const,
      algorithm: "p256" as const,
      prefix: "k",
      published: (places.get(tlsRing(host)) ?? []).map(inZone),
      ...(rotate === undefined || host.lost ? {} : { rotate }),
      settle,
      retention: settle,
      holders: host.lost ? [] : [host.name],
    }));
}

/** The record sets that say something of each key. */
function publishedBy(records: readonly PlannedRecord[]): Map<string, PlannedRecord[]> {
  const places = new Map<string, PlannedRecord[]>();
  for (const record of records) {
    for (const value of record.values) {
      if (typeof value === "string") continue;
      const known = places.get(value.key);
      if (known) known.push(record);
      else places.set(value.key, [record]);
    }
  }
  return places;
}

const inZone = ({ name, zone }: { name: string; zone?: string }) => (zone === undefined ? { name } : { name, zone });
