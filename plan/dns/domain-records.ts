/** The records of domains, whatever the roles: what receivers do with forgeries, where reports go, what takes no mail. */
import { mailto } from "../../quote/text";
import { type Draft, srv, txt } from "../../roles/shared/records";
import { type DomainSpec, domainOf, type SiteSpec } from "../../site";
import type { Zones } from "./zones";

/** A domain that neither takes nor sends mail says so, and forgers gain nothing from its name. */
function silentDomain({ name }: DomainSpec): Draft[] {
  const level = "recommended";
  return [
    { name, type: "MX", values: ["0 ."], why: "takes no mail", rfc: "RFC 7505", level },
    { name, type: "TXT", values: [txt("v=spf1 -all")], why: "sends no mail", rfc: "RFC 7208", level },
    {
      name: `*._domainkey.${name}`,
      type: "TXT",
      values: [txt("v=DKIM1; p=")],
      why: "no DKIM key is valid",
      rfc: "RFC 6376",
      level,
    },
    {
      name: `_dmarc.${name}`,
      type: "TXT",
      values: [txt("v=DMARC1; p=reject")],
      why: "refuse whatever claims to come from it",
      rfc: "RFC 9989",
      level,
    },
  ];
}

/** Tags of the DMARC record, RFC 9989 §4.7; those that were not asked for stay away. */
function dmarcTags(domain: DomainSpec): string {
  const tags = {
    v: "DMARC1",
    p: domain.dmarc,
    sp: domain.dmarcSubdomains,
    np: domain.dmarcNonexistent,
    t: domain.dmarcTesting ? "y" : undefined,
    rua: mailto(domain.dmarcReports),
    ruf: domain.dmarcFailureReports && mailto(domain.dmarcFailureReports),
  };
  const given = Object.entries(tags).filter(([, value]) => value !== undefined);
  return given.map(([tag, value]) => `${tag}=${value}`).join("; ");
}

/** The policy of a domain, and the consent of the domains that receive its reports where they are not its own, RFC 9990 §4. */
function dmarc(domain: DomainSpec, zones: Zones): Draft[] {
  const { name, dmarcReports, dmarcFailureReports } = domain;
  const receivers = [dmarcReports, dmarcFailureReports].filter((address) => address !== undefined).map(domainOf);
  const related = (other: string) =>
    zones.of(other) === zones.of(name) || name.endsWith(`.${other}`) || other.endsWith(`.${name}`);
  return [
    {
      name: `_dmarc.${name}`,
      type: "TXT",
      values: [txt(dmarcTags(domain))],
      why: "what to do with forged mail",
      rfc: "RFC 9989",
      level: "required",
    },
    ...[...new Set(receivers)]
      .filter((receiver) => !related(receiver))
      .map(
        (receiver): Draft => ({
          name: `${name}._report._dmarc.${receiver}`,
          type: "TXT",
          values: [txt("v=DMARC1")],
          why: `takes reports about ${name}`,
          rfc: "RFC 9990",
          level: "recommended",
        }),
      ),
  ];
}

/** Calendars and contacts, where the domain names a server for them. */
function davDrafts({ name, dav }: DomainSpec): Draft[] {
  if (dav === undefined) return [];
  return [
    srv("caldavs", name, `0 1 443 ${dav}.`, "RFC 6764", "calendars over TLS"),
    srv("caldav", name, "0 0 0 .", "RFC 6764", "no calendars in plain text"),
    srv("carddavs", name, `0 1 443 ${dav}.`, "RFC 6764", "contacts over TLS"),
    srv("carddav", name, "0 0 0 .", "RFC 6764", "no contacts in plain text"),
  ];
}

/** All of them. */
export function domainDrafts(site: SiteSpec, zones: Zones): Draft[] {
  return site.domains.flatMap((domain) => {
    const { name } = domain;
    if (!domain.mail) return silentDomain(domain);
    return [
      ...dmarc(domain, zones),
      {
        name: `_smtp._tls.${name}`,
        type: "TXT" as const,
        values: [txt(`v=TLSRPTv1; rua=${mailto(domain.dmarcReports)}`)],
        why: "senders report TLS failures",
        rfc: "RFC 8460",
        level: "recommended" as const,
      },
      ...davDrafts(domain),
    ];
  });
}
