/**
 * Keys that make the site what it is: kept in the state, published in DNS, and rotated as the site file says. Where each
 * is published and which live file shows it at work is said here; when it changes is the provider's part.
 */
import * as pulumi from "@pulumi/pulumi";
import { recordSet, zonesOf } from "../plan/dns/records";
import type { Holder, PublishedAt } from "../provider/keys/contract";
import { CERTIFICATES_PENDING } from "../roles/certificates";
import { DKIM_SIGNING, type DkimSigner, dkimKeyPath, dkimSelector } from "../roles/filter";
import { certificatePaths } from "../roles/shared/paths";
import { type HostSpec, hostsWith, type SiteSpec } from "../site";
import type { Connections } from "./connections";
import { DkimKey, TlsKey } from "./resources/keys";
import { servesTls } from "./roles";

type Algorithm = DkimSigner["algorithm"];

/** Keys that sign for one or more domains. */
export interface DkimRing {
  /** What the files of the key are named after: the domain, or "shared". */
  name: string;
  domains: string[];
  algorithm: Algorithm;
  key: DkimKey;
}

/** Selectors begin with these: shared and own keys never meet under one name. */
const PREFIXES = { own: { rsa: "r", ed25519: "e" }, shared: { rsa: "sr", ed25519: "se" } } as const;

const placed = ({ zone, name }: { zone?: string; name: string }): PublishedAt =>
  zone === undefined ? { name } : { name, zone };

/** Addresses of the name servers that the site has itself; elsewhere they are found by NS records. */
export function ownNameservers(site: SiteSpec): { servers: string[] } | Record<string, never> {
  const { provider, api } = site.dns;
  const servers = hostsWith(site, "nameserver").map(({ address }) => address);
  return provider === "powerdns" && api === undefined && servers.length > 0 ? { servers } : {};
}

/** What all rings of a site are told. */
const common = (site: SiteSpec) => ({
  ...ownNameservers(site),
  ...(site.dns.provider === "none" ? { byHand: true } : {}),
});

/** The keys of all mail domains: an RSA and an Ed25519 ring for each, or for all together. */
export function dkimRings(site: SiteSpec, hosts: Connections, options: pulumi.CustomResourceOptions): DkimRing[] {
  const { shared, rotate, retention } = site.keys.dkim;
  const domains = site.domains.filter(({ mail }) => mail).map(({ name }) => name);
  const groups = shared ? [{ name: "shared", domains }] : domains.map((name) => ({ name, domains: [name] }));
  const zones = zonesOf(site);
  const filters = connected(hostsWith(site, "filter"), hosts);
  return groups
    .filter((group) => group.domains.length > 0)
    .flatMap((group) =>
      (["rsa", "ed25519"] as const).map((algorithm) => {
        const line = dkimSelector("{selector}", dkimKeyPath(group.name, "{selector}"));
        const key = new DkimKey(
          `dkim-${group.name}-${algorithm}`,
          {
            algorithm,
            prefix: PREFIXES[shared ? "shared" : "own"][algorithm],
            published: group.domains.map((name) => placed({ name, zone: zones.of(name) })),
            ...(rotate === undefined ? {} : { rotate }),
            retention,
            holders: held(filters, { role: "filter", path: DKIM_SIGNING, line }),
            ...common(site),
          },
          options,
        );
        return { ...group, algorithm, key };
      }),
    );
}

/** The keys of the hosts' certificates, by name of the host. */
export function tlsRings(
  site: SiteSpec,
  hosts: Connections,
  options: pulumi.CustomResourceOptions,
): Map<string, TlsKey> {
  const { rotate } = site.keys.tls;
  // A cache may hold the set without the next key for one TTL; another one for clocks and slow secondaries, RFC 7671 section 8.1.
  const settle = 2 * site.dns.ttl;
  return new Map(
    site.hosts.filter(servesTls).map((host) => {
      const { chain } = certificatePaths(host.hostname);
      const args = {
        prefix: "k",
        published: host.lost ? [] : tlsaOf(site, host),
        ...(rotate === undefined || host.lost ? {} : { rotate }),
        settle,
        retention: settle,
        holders: held(connected(host.lost ? [] : [host], hosts), {
          role: "certificates",
          path: chain,
          pending: CERTIFICATES_PENDING,
        }),
        ...common(site),
      };
      return [host.name, new TlsKey(`tls-${host.name}`, { algorithm: "p256", ...args }, options)] as const;
    }),
  );
}

/** Where the TLSA records of a host's key are. */
function tlsaOf(site: SiteSpec, host: HostSpec): PublishedAt[] {
  return recordSet(site, { dkim: [], tlsa: { [host.hostname]: ["00"] } })
    .filter(({ type }) => type === "TLSA")
    .map(placed);
}

const connected = (specs: HostSpec[], hosts: Connections) =>
  specs.filter(({ lost }) => !lost).flatMap(({ name }) => hosts.get(name) ?? []);

/** A new installation of a holder is no change of the ring. */
const held = (hosts: ReturnType<typeof connected>, where: Omit<Holder, "host">): pulumi.Output<Holder>[] =>
  hosts.map((host) => pulumi.output(host).apply(({ installed: _, ...connection }) => ({ host: connection, ...where })));
