/** The roles that the others stand on: the host itself, its name servers, its certificates. */

import { certificateNames } from "../../plan/dns/names";
import { recordSet, zoneNames } from "../../plan/dns/records";
import { zoneFiles } from "../../plan/dns/zone-file";
import { Certificates } from "../../roles/certificates";
import { Host } from "../../roles/host";
import { Nameserver } from "../../roles/nameserver";
import { addressesOf } from "../../site";
import { packagesOf } from "../packages";
import { dnsFacts } from "./keys";
import type { Place } from "./place";

export const host: Place = (name, host, connection, { site }, opts) =>
  new Host(
    name,
    { host: connection, hostname: host.hostname, sshPort: host.sshPort, packagesAhead: packagesOf(site, host) },
    opts,
  );

export const nameserver: Place = (name, host, connection, parts, opts) =>
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
  );

export const certificates: Place = (name, host, connection, { site, tls, account, caPem }, opts) => {
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
};
