/** One role put on one host of a site: the site's facts turned into the role's arguments. */
import * as pulumi from "@pulumi/pulumi";
import type { RingKey } from "../provider/keys/contract";
import type { HostConnection } from "../provider/manifest";
import { type HostSpec, hostsWith, primaryDomain, type SiteSpec } from "../site";
import type { Accounts } from "./accounts";
import { BackupClient, BackupTarget, selfSigned } from "./backup";
import { Certificates } from "./certificates";
import { mtaStsPolicy } from "./dns/mta-sts";
import { certificateNames, clientNames } from "./dns/names";
import { type DnsFacts, type DnsRecord, recordSet, zoneNames } from "./dns/records";
import { zoneFiles } from "./dns/zone-file";
import { type DkimSigner, dkimKeyPath, Filter } from "./filter";
import { Host } from "./host";
import type { DkimRing } from "./identities";
import { Mailstore } from "./mailstore";
import { Mx } from "./mx";
import { Nameserver } from "./nameserver";
import { packagesOf } from "./packages";
import { Relay } from "./relay";
import { holdsData } from "./roles";
import type { PlatformRole } from "./rollout";
import type { Endpoint } from "./shared/net";
import { certificatePaths, PORTS } from "./shared/paths";
import type { AcmeAccount, TlsKey } from "./shared/resources";
import type { SharedSecrets } from "./shared/secrets";
import { Submission } from "./submission";
import { Webmail } from "./webmail";

/** What all roles of a site draw upon. */
export interface SiteParts {
  site: SiteSpec;
  accounts: Accounts;
  /** Host name -> key of its certificates. */
  tls: Map<string, TlsKey>;
  dkim: DkimRing[];
  account?: AcmeAccount;
  /** CA behind the ACME directory, PEM. */
  caPem?: string;
  /** Secrets that two hosts share, made once. */
  shared: SharedSecrets;
}

/** Puts one role on one host. */
export type Place = (
  name: string,
  host: HostSpec,
  connection: pulumi.Input<HostConnection>,
  parts: SiteParts,
  opts: pulumi.ComponentResourceOptions,
) => pulumi.ComponentResource;

const addressesOf = (hosts: HostSpec[]): string[] =>
  hosts.flatMap(({ address, address6 }) => (address6 === undefined ? [address] : [address, address6]));

/** How `from` reaches the first host of a role: by loopback where it is the same host. */
function endpoint(
  site: SiteSpec,
  from: HostSpec,
  role: "relay" | "mailstore" | "submission" | "filter",
  port: number,
): Endpoint {
  const [target] = hostsWith(site, role);
  return { address: !target || target.name === from.name ? "127.0.0.1" : target.address, port };
}

const text = ({ address, port }: Endpoint): string => `${address}:${port}`;

/** Facts that every MTA of the site is told. */
function mta(site: SiteSpec, host: HostSpec) {
  return {
    hostname: host.hostname,
    siteHosts: addressesOf(presentHosts(site)),
    domains: site.domains,
    accounts: site.accounts,
    postmaster: `postmaster@${primaryDomain(site)}`,
  };
}

/** Hosts that are there. A lost one may have left its very name to the host that replaces it. */
const presentHosts = (site: SiteSpec): HostSpec[] => site.hosts.filter((host) => !host.lost);

const siteHostnames = (site: SiteSpec) => presentHosts(site).map(({ hostname }) => hostname);

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
function keyFiles(dkim: DkimRing[]): pulumi.Output<Record<string, pulumi.Output<string>>> {
  return pulumi.all(dkim.map(({ key }) => key.held)).apply((held) => {
    const pem = (ring: DkimRing, selector: string) => ring.key.privateKeys.apply((all) => all[selector] ?? "");
    return Object.fromEntries(
      dkim.flatMap((ring, index) =>
        (held[index] ?? []).map((selector) => [dkimKeyPath(ring.name, selector), pem(ring, selector)]),
      ),
    );
  });
}

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
function signers(dkim: DkimRing[]): pulumi.Output<DkimSigner[]> {
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

/** Name of the restic repository and login of a backup client, at one target. */
const backupSecret = (client: string, target: string, kind: string) => `backup-${client}-${target}-${kind}`;

const certificateOf = (shared: SharedSecrets, target: HostSpec): pulumi.Output<string> =>
  // The certificate is public, though it is computed from the key.
  pulumi.unsecret(
    shared
      .key(`backup-${target.name}`, "ed25519")
      .apply((key) => selfSigned(key, [target.hostname, ...addressesOf([target])])),
  );

/** Every role, and how it is put on a host. */
export const deployRoles: Record<PlatformRole, Place> = {
  host: (name, host, connection, { site }, opts) =>
    new Host(
      name,
      { host: connection, hostname: host.hostname, sshPort: host.sshPort, packagesAhead: packagesOf(site, host) },
      opts,
    ),

  nameserver: (name, host, connection, parts, opts) =>
    new Nameserver(
      name,
      {
        host: connection,
        addresses: addressesOf([host]),
        zones: dnsFacts(parts).apply((facts) => zoneFiles(parts.site, recordSet(parts.site, facts))),
        dnssec: parts.site.dns.dnssec,
        zoneKeys: parts.site.dns.dnssec
          ? Object.fromEntries(zoneNames(parts.site).map((zone) => [zone, parts.shared.key(`zone-${zone}`, "p256")]))
          : {},
      },
      opts,
    ),

  certificates: (name, host, connection, { site, tls, account, caPem }, opts) => {
    const key = tls.get(host.name);
    if (!key) throw new Error(`no TLS key for ${host.name}`);
    const { acme } = site.certificates;
    return new Certificates(
      name,
      {
        host: connection,
        hostname: host.hostname,
        names: certificateNames(site, host),
        privateKey: key.privateKeyPem,
        ...(acme && account
          ? {
              acme: {
                directory: acme.directory,
                email: acme.email,
                caCertificate: caPem,
                renewBefore: acme.renewBefore,
                accountUri: account.accountUri,
              },
              accountKey: account.accountKeyPem,
            }
          : {}),
      },
      opts,
    );
  },

  filter: (name, host, connection, { site, dkim }, opts) =>
    new Filter(
      name,
      {
        host: connection,
        ...mta(site, host),
        dkim: signers(dkim),
        dkimKeys: keyFiles(dkim),
        trainers: addressesOf(hostsWith(site, "mailstore")),
        scores: site.filter.scores,
        greylisting: site.filter.greylisting,
        rateLimit: site.submission.rateLimit,
        clamav: site.filter.clamav,
        clamavSignatures:
          site.filter.signatures.length > 0 ? { "site.ndb": `${site.filter.signatures.join("\n")}\n` } : {},
        messageSizeLimit: site.mx.messageSizeLimit,
      },
      opts,
    ),

  mailstore: (name, host, connection, { site, accounts }, opts) =>
    new Mailstore(
      name,
      {
        host: connection,
        users: accounts.users,
        hostname: host.hostname,
        postmaster: `postmaster@${primaryDomain(site)}`,
        pop3: site.mailstore.pop3,
        quota: site.mailstore.quota,
        fullTextSearch: site.mailstore.fullTextSearch,
        relayHosts: addressesOf(hostsWith(site, "relay")),
        submissionHosts: addressesOf(hostsWith(site, "submission")),
        webmailHosts: addressesOf(hostsWith(site, "webmail")),
        // The listener for the site's own programs: replies and redirects are signed like any other mail of ours.
        outbound: text(endpoint(site, host, "submission", PORTS.siteSubmission)),
        controller: text(endpoint(site, host, "filter", PORTS.controller)),
      },
      opts,
    ),

  relay: (name, host, connection, { site }, opts) =>
    new Relay(
      name,
      {
        host: connection,
        ...mta(site, host),
        siteHostnames: siteHostnames(site),
        mailstore: endpoint(site, host, "mailstore", PORTS.lmtp),
        ...(site.relay.smarthost === undefined ? {} : { smarthost: site.relay.smarthost }),
        queueLifetime: site.relay.queueLifetime,
        messageSizeLimit: site.mx.messageSizeLimit + 1024 ** 2,
      },
      opts,
    ),

  submission: (name, host, connection, { site }, opts) =>
    new Submission(
      name,
      {
        host: connection,
        ...mta(site, host),
        relay: endpoint(site, host, "relay", PORTS.relay),
        sasl: endpoint(site, host, "mailstore", PORTS.sasl),
        sitePort: PORTS.siteSubmission,
        messageSizeLimit: site.mx.messageSizeLimit,
      },
      opts,
    ),

  mx: (name, host, connection, { site }, opts) =>
    new Mx(
      name,
      {
        host: connection,
        ...mta(site, host),
        siteHostnames: siteHostnames(site),
        relay: endpoint(site, host, "relay", PORTS.relay),
        blockLists: site.mx.blockLists,
        greetWait: site.mx.greetWait,
        messageSizeLimit: site.mx.messageSizeLimit,
      },
      opts,
    ),

  webmail: (name, host, connection, { site, caPem }, opts) => {
    const names = clientNames(site);
    return new Webmail(
      name,
      {
        host: connection,
        name: names.webmail,
        certificate: host.hostname,
        domains: site.domains.filter((domain) => domain.mail).map((domain) => domain.name),
        productName: site.webmail.productName,
        imapHost: names.imap,
        submissionHost: names.smtp,
        pop3: site.mailstore.pop3,
        messageSizeLimit: site.mx.messageSizeLimit,
        mtaStsPolicy: mtaStsPolicy(site),
        // Without a CA there is only our own signature to trust.
        ...(site.certificates.acme || caPem ? {} : { caFile: certificatePaths(host.hostname).chain }),
      },
      opts,
    );
  },

  backup: (name, host, connection, { site, shared }, opts) => {
    const clients = presentHosts(site).filter(holdsData);
    return new BackupTarget(
      name,
      {
        host: connection,
        clients: clients.map((client) => ({ name: client.name, addresses: addressesOf([client]) })),
        certificate: certificateOf(shared, host),
        privateKey: shared.key(`backup-${host.name}`, "ed25519"),
        ...(site.backups ? { keep: site.backups.keep } : {}),
        passwords: Object.fromEntries(
          clients.map((client) => [client.name, shared.password(backupSecret(client.name, host.name, "login"))]),
        ),
        repositoryPasswords: Object.fromEntries(
          clients.map((client) => [client.name, shared.password(backupSecret(client.name, host.name, "repository"))]),
        ),
      },
      opts,
    );
  },

  "backup-client": (name, host, connection, { site, shared }, opts) => {
    const targets = hostsWith(site, "backup").filter((target) => site.backups?.targets.includes(target.name));
    const secrets = (kind: string) =>
      Object.fromEntries(
        targets.map((target) => [target.name, shared.password(backupSecret(host.name, target.name, kind))]),
      );
    return new BackupClient(
      name,
      {
        host: connection,
        client: host.name,
        targets: targets.map((target) => ({
          name: target.name,
          address: target.address,
          certificate: certificateOf(shared, target),
        })),
        every: site.backups?.every ?? 60,
        passwords: secrets("login"),
        repositoryPasswords: secrets("repository"),
      },
      opts,
    );
  },
};
