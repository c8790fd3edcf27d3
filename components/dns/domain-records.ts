/** The records of one mail domain: who takes its mail, who may send it, and what receivers do with forgeries. */
import type { DomainSpec, SiteSpec } from "../../site/types";
import { mtaStsId } from "./mta-sts";
import { clientNames, hostsOf } from "./names";
import { type DnsFacts, type DnsRecord, txt, zoneOf } from "./record";

/** A record before its zone and time to live are known. */
export type Draft = Omit<DnsRecord, "zone" | "ttl">;

/** `v=spf1 ip4:… ip6:… -all`: the relays send, nobody else. RFC 7208. */
export function spf(site: SiteSpec, domain: DomainSpec): string {
  const relays = hostsOf(site, "relay").flatMap((host) => [
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

/** Where aggregate reports of a domain go, and the consent of the domain that receives them, RFC 9990 §4. */
function dmarc(site: SiteSpec, domain: DomainSpec): Draft[] {
  const { name, dmarc: policy, dmarcReports } = domain;
  const receiver = dmarcReports.slice(dmarcReports.indexOf("@") + 1);
  const foreign = zoneOf(site, receiver) !== zoneOf(site, name);
  return [
    {
      name: `_dmarc.${name}`,
      type: "TXT",
      values: [txt(`v=DMARC1; p=${policy}; rua=mailto:${dmarcReports}`)],
      why: "what to do with forged mail",
      rfc: "RFC 9989",
      level: "required",
    },
    ...(foreign
      ? [
          {
            name: `${name}._report._dmarc.${receiver}`,
            type: "TXT" as const,
            values: [txt("v=DMARC1")],
            why: `takes reports about ${name}`,
            rfc: "RFC 9990",
            level: "recommended" as const,
          },
        ]
      : []),
  ];
}

/** SRV records by which clients find the servers from the address alone. A target "." says: not here. */
function clientRecords(site: SiteSpec, { name }: DomainSpec): Draft[] {
  const { imap, smtp } = clientNames(site);
  const srv = (service: string, target: string, rfc: string, why: string): Draft => ({
    name: `_${service}._tcp.${name}`,
    type: "SRV",
    values: [target],
    why,
    rfc,
    level: "recommended",
  });
  const stores = hostsOf(site, "mailstore").length > 0;
  const submits = hostsOf(site, "submission").length > 0;
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
    ...(hostsOf(site, "webmail").length > 0
      ? [srv("autodiscover", `0 1 443 autodiscover.${name}.`, "RFC 2782", "Outlook finds its settings")]
      : []),
  ];
}

/** All records of a mail domain. */
export function domainRecords(site: SiteSpec, domain: DomainSpec, facts: DnsFacts): Draft[] {
  const { name } = domain;
  if (!domain.mail) return silentDomain(domain);
  const webs = hostsOf(site, "webmail").length > 0;
  const recommended = "recommended" as const;
  const records: Draft[] = [
    {
      name,
      type: "MX",
      values: hostsOf(site, "mx").map((host) => `10 ${host.hostname}.`),
      why: "who takes the mail",
      rfc: "RFC 5321",
      level: "required",
    },
    { name, type: "TXT", values: [txt(spf(site, domain))], why: "who may send", rfc: "RFC 7208", level: "required" },
    ...facts.dkim
      .filter((key) => key.domain === name)
      .map(
        (key): Draft => ({
          name: `${key.selector}._domainkey.${name}`,
          type: "TXT",
          values: [txt(`v=DKIM1; k=${key.algorithm}; p=${key.publicKey}`)],
          why: `DKIM key, ${key.algorithm}`,
          rfc: key.algorithm === "ed25519" ? "RFC 8463" : "RFC 6376",
          level: key.algorithm === "ed25519" ? recommended : "required",
        }),
      ),
    ...dmarc(site, domain),
    ...(webs
      ? [
          {
            name: `_mta-sts.${name}`,
            type: "TXT" as const,
            values: [txt(`v=STSv1; id=${mtaStsId(site)}`)],
            why: "senders must use TLS to us",
            rfc: "RFC 8461",
            level: recommended,
          },
        ]
      : []),
    {
      name: `_smtp._tls.${name}`,
      type: "TXT",
      values: [txt(`v=TLSRPTv1; rua=mailto:${domain.dmarcReports}`)],
      why: "senders report TLS failures",
      rfc: "RFC 8460",
      level: recommended,
    },
    ...clientRecords(site, domain),
  ];
  return records.filter((record) => record.values.length > 0);
}
