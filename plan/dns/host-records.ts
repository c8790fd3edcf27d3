/** The records of hosts and service names: addresses, TLSA, who may issue certificates, HELO, name servers. */
import { addressesOf, hostsWith, presentHosts } from "../../site/facts";
import type { HostSpec, SiteSpec } from "../../site/types";
import type { Draft } from "./domain-records";
import { certificateNames, clientNames, serviceNames } from "./names";
import { type DnsFacts, txt } from "./record";
import { servesOwnZones, zoneNames } from "./zones";

/** A and AAAA of one name. */
function addressRecords(name: string, addresses: string[], why: string): Draft[] {
  const v4 = addresses.filter((address) => !address.includes(":"));
  const v6 = addresses.filter((address) => address.includes(":"));
  return (
    [
      { name, type: "A", values: v4, why, rfc: "RFC 1035", level: "required" },
      { name, type: "AAAA", values: v6, why, rfc: "RFC 3596", level: "required" },
    ] satisfies Draft[]
  ).filter((record) => record.values.length > 0);
}

/**
 * TLSA 3 1 1, RFC 7672: the key is pinned, not the certificate, so renewals change nothing. Without DNSSEC nobody may
 * believe it, so it is left out.
 */
function tlsaRecords(site: SiteSpec, facts: DnsFacts): Draft[] {
  if (!site.dns.dnssec) return [];
  const { imap, smtp } = clientNames(site);
  const tlsa = (port: number, name: string, hosts: HostSpec[], why: string): Draft => ({
    name: `_${port}._tcp.${name}`,
    type: "TLSA",
    values: [...new Set(hosts.flatMap((host) => facts.tlsa[host.hostname] ?? []))].map((hash) => `3 1 1 ${hash}`),
    why,
    rfc: port === 25 ? "RFC 7672" : "RFC 7671",
    level: "recommended",
  });
  return [
    ...hostsWith(site, "mx").map((host) => tlsa(25, host.hostname, [host], "DANE: the key of this MX")),
    tlsa(465, smtp, hostsWith(site, "submission"), "DANE for submission"),
    tlsa(587, smtp, hostsWith(site, "submission"), "DANE for submission"),
    tlsa(993, imap, hostsWith(site, "mailstore"), "DANE for IMAP"),
  ].filter((record) => record.values.length > 0);
}

/**
 * CAA, RFC 8659: only these CAs, and of those only our account by http-01, RFC 8657. At the apex where the whole zone is
 * ours; else at our own names, since a web site beside the mail may have another CA.
 */
function caaRecords(site: SiteSpec, facts: DnsFacts): Draft[] {
  const issuers = site.certificates.acme?.issuers ?? [];
  if (issuers.length === 0) return [];
  const account = facts.acmeAccountUri === undefined ? "" : `; accounturi=${facts.acmeAccountUri}`;
  const ours = presentHosts(site).flatMap((host) => certificateNames(site, host));
  const names = servesOwnZones(site) ? zoneNames(site) : [...new Set(ours)];
  return names.map((name) => ({
    name,
    type: "CAA",
    values: [...issuers.map((ca) => `0 issue "${ca}; validationmethods=http-01${account}"`), '0 issuewild ";"'],
    why: "who may issue certificates",
    rfc: "RFC 8659, RFC 8657",
    level: "recommended",
  }));
}

/** Name servers of the site's zones, where the site has its own. */
function nsRecords(site: SiteSpec): Draft[] {
  if (!servesOwnZones(site)) return [];
  const values = hostsWith(site, "nameserver").map((host) => `${host.hostname}.`);
  if (values.length === 0) return [];
  return zoneNames(site).map((name) => ({
    name,
    type: "NS",
    values,
    why: "who serves the zone",
    rfc: "RFC 1035",
    level: "required",
  }));
}

/** All records that belong to hosts and service names. */
export function hostRecords(site: SiteSpec, facts: DnsFacts): Draft[] {
  const alive = presentHosts(site);
  const own = new Set(alive.map((host) => host.hostname));
  return [
    ...nsRecords(site),
    ...caaRecords(site, facts),
    ...alive.flatMap((host) => addressRecords(host.hostname, addressesOf([host]), `host ${host.name}`)),
    ...alive.flatMap((host) =>
      (host.ovh?.additionalIps ?? []).flatMap(({ address, name }) =>
        addressRecords(name, [address], `additional address of ${host.name}`),
      ),
    ),
    ...serviceNames(site)
      .filter((service) => !own.has(service.name))
      .flatMap((service) => addressRecords(service.name, addressesOf(service.hosts), `service ${service.role}`)),
    ...hostsWith(site, "relay").map(
      (host): Draft => ({
        name: host.hostname,
        type: "TXT",
        values: [txt("v=spf1 a -all")],
        why: "SPF of the HELO name, for bounces",
        rfc: "RFC 7208 §2.3",
        level: "recommended",
      }),
    ),
    ...tlsaRecords(site, facts),
  ];
}
