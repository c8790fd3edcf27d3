/** Keys of hosts and domains. */
import { LATER_ROLES } from "../not-yet";
import { ROLES } from "../types";
import { list, map, object } from "./containers";
import type { Fields } from "./kinds";
import { domainName, hostKey, ipv4, ipv6, label, mailAddress, nextHop } from "./names";
import { ovhHost } from "./ovh-host";
import { choice, flag, line, number } from "./scalars";
import { spfTerm } from "./spf";
import { ownFile, ownPath, undeclared } from "./undeclared";

/** One host. */
export const host = {
  address: {
    schema: ipv4,
    description: "IPv4 address, by which the world and the operator reach the host.",
    required: true,
    examples: ["192.0.2.25"],
  },
  address6: { schema: ipv6, description: "IPv6 address.", examples: ["2001:db8::25"] },
  location: {
    schema: line("a short name", 40),
    description: "Where the host stands: a data centre, a city. Backups of one location go to another.",
    default: "main",
    examples: ["lille"],
  },
  hostname: {
    schema: domainName,
    description: "Fully qualified name: HELO name, certificate, reverse DNS.",
    otherwise: "`<name>.<first domain>`",
    examples: ["mail1.example.org"],
  },
  roles: {
    schema: list(choice(ROLES, LATER_ROLES), { unique: true }),
    description: "What the host does. `filter` comes with `mx` and `submission` by itself.",
    default: [],
    examples: [["mx", "submission", "relay", "mailstore"]],
  },
  sshPort: { schema: number(1, 65535), description: "TCP port of sshd.", default: 22 },
  hostKeys: {
    schema: list(hostKey, { unique: true }),
    description:
      "Pinned public host keys, besides those in `ssh.knownHosts`. A host that shows another key is refused.",
    default: [],
    examples: [["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA..."]],
  },
  jump: {
    schema: label,
    description: "Name of another host of this file to go through (ProxyJump).",
    examples: ["back1"],
  },
  lost: {
    schema: flag,
    description: "The host is gone for good: nothing contacts it any more, and its roles may move to another host.",
    default: false,
  },
  replaces: {
    schema: label,
    description:
      "Name of a host that is gone and whose data this one takes over: its backups can be read and restored here, and go on.",
    examples: ["mail1"],
  },
  mxPreference: {
    schema: number(0, 65535),
    description: "Preference of a host with the role mx, RFC 5321 §5.1: senders try lower numbers first.",
    otherwise: "10",
    examples: [20],
  },
  undeclared: {
    schema: list(object(undeclared)),
    description:
      "What previews found on the host that neither Debian nor this file put there, and what becomes of each: allowed for a " +
      "reason and a time, or removed.",
    default: [],
    examples: [[{ what: "file /etc/cron.d/inventory", allow: "the data centre's agent", until: "2027-06-30" }]],
  },
  files: {
    schema: map(ownPath, object(ownFile)),
    description:
      "Files of your own on the host, by their path there; they belong to root and to the role `host`. So what a preview " +
      "named as undeclared becomes declared. A path that a role of the host claims is refused.",
    default: {},
    examples: [{ "/etc/cron.d/inventory": { from: "files/inventory" } }],
  },
  ovh: {
    schema: object(ovhHost),
    description: "What the host is at OVH: exactly one of `server` and `vps`, and what OVH does for it.",
    examples: [{ server: "ns1001.ip-192-0-2.eu" }],
  },
} satisfies Fields;

/** One mail domain. */
export const domain = {
  dmarc: {
    schema: choice(["none", "quarantine", "reject"]),
    description: "Policy published for the domain, RFC 9989: what others do with mail that forges it.",
    default: "reject",
  },
  dmarcTesting: {
    schema: flag,
    description:
      "Receivers apply the policy one level more gently (`t=y`): the step before a stricter one, on the way from none over " +
      "quarantine to reject.",
    default: false,
  },
  dmarcSubdomains: {
    schema: choice(["none", "quarantine", "reject"]),
    description: "Policy of subdomains (`sp`).",
    otherwise: "that of the domain",
  },
  dmarcNonexistent: {
    schema: choice(["none", "quarantine", "reject"]),
    description: "Policy of subdomains that do not exist (`np`).",
    otherwise: "that of subdomains",
  },
  dmarcReports: {
    schema: mailAddress,
    description: "Where aggregate DMARC reports go.",
    otherwise: "`postmaster@<domain>`",
  },
  dmarcFailureReports: {
    schema: mailAddress,
    description: "Where reports of single messages go (`ruf`), RFC 9991; they may hold parts of private mail.",
    otherwise: "none are asked for",
  },
  catchAll: {
    schema: mailAddress,
    description: "Address that takes mail for unknown local parts.",
    otherwise: "none, unknown recipients are refused at the edge",
    examples: ["alice@example.org"],
  },
  mail: {
    schema: flag,
    description: "`false` for a domain that neither sends nor takes mail: null MX (RFC 7505) and `v=spf1 -all`.",
    default: true,
  },
  spf: {
    schema: list(spfTerm, { unique: true }),
    description: "Further senders in the domain's SPF record, RFC 7208. The site's own hosts are always in it.",
    default: [],
    examples: [["include:_spf.example.net"]],
  },
  transport: {
    schema: nextHop,
    description: "Hand all mail for this domain to another server instead of the mailstore.",
    examples: ["mail.example.net:25"],
  },
  dav: {
    schema: domainName,
    description: "Server of calendars and contacts, announced to clients: CalDAV and CardDAV over TLS, RFC 6764.",
    examples: ["cloud.example.org"],
  },
} satisfies Fields;
