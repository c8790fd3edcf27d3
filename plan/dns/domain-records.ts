/** The records of one mail domain: who takes its mail, who may send it, and what receivers do with forgeries. */
import { hostsWith } from "../../site/facts";
import type { DomainSpec, SiteSpec } from "../../site/types";
import { groupBy } from "./group";
import { mtaStsId } from "./mta-sts";
import { clientNames } from "./names";
import { type DnsFacts, type DnsRecord, txt } from "./record";
import type { Zones } from "./zones";

/** A record before its zone and time to live are known. */
export type Draft = Omit<DnsRecord, "zone" | "ttl">;

/** `v=spf1 ip4:… ip6:… -all`: the relays send, nobody else. RFC 7208. */
export function spf(site: SiteSpec, domain: DomainSpec): string {
  const relays = hostsWith(site, "relay").flatMap((host) => [
    host.address.includes(":") ? `ip6:${host.address}` : `ip4:${host.address}`,
    ...(host.address6 === undefined ? [] : [`ip6:${host.address6}`]),
  ]);
  return ["v=spf1", ...(domain.mail ? [...relays, ...domain.spf] : []), "-all"].join(" ");
}

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
  const receivers = [dmarcReports, dmarcFailureReports]
    .filter((address) => address !== undefined)
    .map((address) => address.slice(address.lastIndexOf("@") + 1));
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

/** An address as a URI in a record; what means something there (`,` `!` `;`) is encoded, RFC 6068 §2. */
const mailto = (address: string): string =>
  `mailto:${address.replace(/[^\w@.+=~&'*-]/gu, (sign) => Buffer.from(sign).toString("hex").toUpperCase().replace(/../g, "%$&"))}`;

/** SRV records by which clients find the servers from the address alone. A target "." says: not here. */
function clientRecords(site: SiteSpec, { name, dav }: DomainSpec): Draft[] {
  const { imap, smtp } = clientNames(site);
  const srv = (service: string, target: string, rfc: string, why: string): Draft => ({
    name: `_${service}._tcp.${name}`,
    type: "SRV",
    values: [target],
    why,
    rfc,
    level: "recommended",
  });
  const stores = hostsWith(site, "mailstore").length > 0;
  const submits = hostsWith(site, "submission").length > 0;
  return [
    ...(stores
      ? [
          srv("imaps", `0 1 993 ${imap}.`, "RFC 6186", "IMAP over TLS"),
          srv("imap", "0 0 0 .", "RFC 6186", "no IMAP that begins in plain text"),
          srv("pop3s", site.mailstore.pop3 ? `0 1 995 ${imap}.` : "0 0 0 .", "RFC 6186", "POP3 over TLS"),
          srv("pop3", "0 0 0 .", "RFC 6186", "no POP3 that begins in plain text"),
          srv("sieve", `0 1 4190 ${imap}.`, "RFC 5804", "filter rules"),
        ]
      : []),
    ...(submits
      ? [
          srv("submissions", `0 1 465 ${smtp}.`, "RFC 8314", "submission over TLS"),
          srv("submission", `0 1 587 ${smtp}.`, "RFC 6186", "submission with STARTTLS"),
        ]
      : []),
    ...(hostsWith(site, "webmail").length > 0
      ? [srv("autodiscover", `0 1 443 autodiscover.${name}.`, "RFC 2782", "Outlook finds its settings")]
      : []),
    ...(dav === undefined
      ? []
      : [
          srv("caldavs", `0 1 443 ${dav}.`, "RFC 6764", "calendars over TLS"),
          srv("caldav", "0 0 0 .", "RFC 6764", "no calendars in plain text"),
          srv("carddavs", `0 1 443 ${dav}.`, "RFC 6764", "contacts over TLS"),
          srv("carddav", "0 0 0 .", "RFC 6764", "no contacts in plain text"),
        ]),
  ];
}

/** DKIM keys, RFC 6376 §3.6.1. A revoked one stays for a while with an empty key, so that nobody takes it for missing. */
function dkim(name: string, keys: DnsFacts["dkim"]): Draft[] {
  return keys.map(({ selector, algorithm, publicKey }): Draft => {
    const revoked = publicKey === "";
    return {
      name: `${selector}._domainkey.${name}`,
      type: "TXT",
      values: [txt(`v=DKIM1; k=${algorithm}; p=${publicKey}`)],
      why: revoked ? `DKIM key, ${algorithm}, revoked` : `DKIM key, ${algorithm}`,
      rfc: algorithm === "ed25519" ? "RFC 8463" : "RFC 6376",
      level: revoked || algorithm === "ed25519" ? "recommended" : "required",
    };
  });
}

/** MX records: hosts of one preference share the mail, those of a higher number take it when no other answers. */
const mx = (site: SiteSpec): string[] =>
  hostsWith(site, "mx").map((host) => `${host.mxPreference ?? MX_PREFERENCE} ${host.hostname}.`);
const MX_PREFERENCE = 10;

/** All records of the mail domains. */
export function domainRecords(site: SiteSpec, facts: DnsFacts, zones: Zones): Draft[] {
  const keys = groupBy(facts.dkim, (key) => key.domain);
  const webs = hostsWith(site, "webmail").length > 0;
  const policy = txt(`v=STSv1; id=${mtaStsId(site)}`);
  return site.domains.flatMap((domain) => {
    const { name } = domain;
    if (!domain.mail) return silentDomain(domain);
    const drafts: (Draft | false)[] = [
      { name, type: "MX", values: mx(site), why: "who takes the mail", rfc: "RFC 5321", level: "required" },
      { name, type: "TXT", values: [txt(spf(site, domain))], why: "who may send", rfc: "RFC 7208", level: "required" },
      ...dkim(name, keys.get(name) ?? []),
      ...dmarc(domain, zones),
      webs && {
        name: `_mta-sts.${name}`,
        type: "TXT",
        values: [policy],
        why: "senders must use TLS to us",
        rfc: "RFC 8461",
        level: "recommended",
      },
      {
        name: `_smtp._tls.${name}`,
        type: "TXT",
        values: [txt(`v=TLSRPTv1; rua=${mailto(domain.dmarcReports)}`)],
        why: "senders report TLS failures",
        rfc: "RFC 8460",
        level: "recommended",
      },
      ...clientRecords(site, domain),
    ];
    return drafts.filter((draft): draft is Draft => draft !== false && draft.values.length > 0);
  });
}
