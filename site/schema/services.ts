/** Keys of the services: mx to backups. */
import { DEFAULTS, durationText, sizeText } from "../defaults";
import { list, object } from "./containers";
import type { Fields } from "./kinds";
import { contactAddress, domainName, label, nextHop } from "./names";
import { network } from "./networks";
import { records } from "./records";
import { choice, duration, flag, formed, line, number, size } from "./scalars";
import { clamSignature } from "./signatures";
import { apiUrl, httpsUrl } from "./urls";

const blockList = {
  zone: { schema: domainName, description: "DNS zone of the list.", required: true, examples: ["zen.dnsbl.example"] },
  weight: {
    schema: number(-10, 10),
    description: "Score of a hit; a negative one is for lists of good senders.",
    default: 1,
  },
} satisfies Fields;

const acme = {
  directory: {
    schema: httpsUrl,
    description: "Directory URL of the certificate authority, RFC 8555.",
    default: "https://acme-v02.api.letsencrypt.org/directory",
  },
  email: { schema: contactAddress, description: "Contact of the account.", otherwise: "`postmaster@<first domain>`" },
  caFile: {
    schema: line("a path, relative to the site file", 1000),
    description: "PEM file of the CA that the directory's own certificate comes from, for a private CA.",
    otherwise: "the system's CAs",
  },
  issuers: {
    schema: list(domainName, { min: 1, unique: true }),
    description: "Names of the CA in CAA records, RFC 8659: no other CA may issue for the site's names.",
    default: ["letsencrypt.org"],
  },
  renewBefore: {
    schema: duration("d", "1d", "90d"),
    description: "Renew when less than this is left.",
    default: durationText(DEFAULTS.renewBefore * 86400),
  },
} satisfies Fields;

const dnsApi = {
  url: {
    schema: apiUrl,
    description: "Base URL, without `/api/v1`.",
    required: true,
    examples: ["https://dns.example.org:8081"],
  },
  server: {
    schema: formed(
      "letters, digits, hyphens, dots and underscores",
      /^[\w-][\w.-]{0,99}$/,
      "write localhost, as servers call themselves",
    ),
    description: "Id of the server.",
    default: "localhost",
  },
} satisfies Fields;

const kept = (period: string) => ({
  schema: number(0, 1000),
  description: `Of how many ${period} a backup is kept: the first that arrived.`,
});

/** The sections that set the services, by their key in the file. */
export const services = {
  mx: {
    schema: object({
      blockLists: {
        schema: list(object(blockList)),
        description: "DNS block lists asked by postscreen. None by default: each has terms of use of its own.",
        default: [],
      },
      blockListThreshold: {
        schema: number(1, 100),
        description: "Sum of the lists' weights at which a client is refused.",
        otherwise: "3",
      },
      clientLimits: {
        schema: object({
          connections: { schema: number(1, 10_000), description: "Connections at once.", default: 50 },
          perMinute: { schema: number(1, 1_000_000), description: "New connections in a minute.", default: 300 },
        }),
        description: "What one client address may do; beyond it: 421, try later.",
        otherwise: "50 connections, 300 in a minute",
      },
      messageSizeLimit: {
        schema: size("64K", "1G"),
        description: "Largest message, RFC 1870.",
        default: sizeText(DEFAULTS.messageSizeLimit),
      },
      greetWait: {
        schema: duration("s", "1s", "60s", { bare: "s" }),
        description: "Wait before the greeting, to catch clients that talk first.",
        default: DEFAULTS.greetWait,
      },
    }),
    description: "The edge: takes mail from the world.",
    default: {},
  },
  submission: {
    schema: object({
      rateLimit: {
        schema: object({
          perHour: {
            schema: number(1, 1_000_000),
            description: "Recipients in an hour.",
            default: DEFAULTS.rateLimit.perHour,
          },
          burst: {
            schema: number(1, 1_000_000),
            description: "Recipients at once.",
            default: DEFAULTS.rateLimit.burst,
          },
        }),
        description: "What one account may send, so that a stolen password does no great harm.",
        default: {},
      },
      loginsPerMinute: {
        schema: number(1, 100_000),
        description: "Logins that one client address may try in a minute, right or wrong.",
        otherwise: "60",
      },
    }),
    description: "Takes mail from the site's users, RFC 6409.",
    default: {},
  },
  relay: {
    schema: object({
      smarthost: {
        schema: nextHop,
        description: "Server that all outbound mail is handed to.",
        otherwise: "straight to the recipient's MX",
        examples: ["smtp.example.net:587"],
      },
      smarthostLogin: {
        schema: flag,
        description:
          "The smarthost wants a login: the stack's secret `postfleet:smarthost`, `{server, user, password}`, together with the " +
          "server that it is for. It is sent over verified TLS only.",
        default: false,
      },
      queueLifetime: {
        schema: duration("h", "1h", "30d"),
        description: "Undeliverable mail is returned after this time.",
        default: durationText(DEFAULTS.queueLifetime * 3600),
      },
    }),
    description: "Resolves aliases, delivers to the mailstore and to the world.",
    default: {},
  },
  filter: {
    schema: object({
      clamav: {
        schema: flag,
        description: "Scan with ClamAV; its database needs about 1.5 GiB of memory.",
        default: false,
      },
      signatures: {
        schema: list(clamSignature),
        description: "Virus signatures of the site's own, beside ClamAV's database or in its place.",
        default: [],
      },
      scores: {
        schema: object({
          greylist: {
            schema: number(0, 1000, { whole: false }),
            description: "Delay the sender from here on.",
            default: DEFAULTS.scores.greylist,
          },
          addHeader: {
            schema: number(0, 1000, { whole: false }),
            description: "Mark as junk from here on.",
            default: DEFAULTS.scores.addHeader,
          },
          reject: {
            schema: number(0, 1000, { whole: false }),
            description: "Refuse from here on.",
            default: DEFAULTS.scores.reject,
          },
        }),
        description: "Scores at which rspamd acts, in this order.",
        default: {},
      },
      greylisting: { schema: flag, description: "Delay first contact of dubious senders.", default: true },
      remoteServices: {
        schema: flag,
        description:
          "Ask rspamd's public services: fuzzy hashes, DNS lists, maps. Each has terms of use, and learns about your mail.",
        otherwise: "false",
      },
      onScannerDown: {
        schema: choice(["tempfail", "accept"]),
        description: "Mail that ClamAV could not scan: put off, or accepted and marked in the log.",
        otherwise: "tempfail",
      },
      workers: {
        schema: number(1, 64),
        description: "Worker processes; each takes about 150 MiB.",
        otherwise: "2",
      },
      storeMemory: {
        schema: size("64M", "64G", { in: "M" }),
        description: "Memory for what the filter has learned, for greylisting and rates.",
        otherwise: "256M",
      },
    }),
    description: "Rspamd: spam, DKIM, DMARC, ARC, rates.",
    default: {},
  },
  mailstore: {
    schema: object({
      pop3: { schema: flag, description: "Offer POP3, over TLS on port 995 only.", default: false },
      quota: { schema: size("1M", "100T"), description: "Storage of a mailbox.", default: sizeText(DEFAULTS.quota) },
      fullTextSearch: { schema: flag, description: "Index mail for fast search.", default: true },
      connections: {
        schema: number(10, 100_000),
        description: "Connections of mail programs at once; each takes about 2 MiB of memory.",
        otherwise: "1000",
      },
    }),
    description: "Dovecot: keeps the mail, serves IMAP.",
    default: {},
  },
  webmail: {
    schema: object({
      name: { schema: domainName, description: "Public name.", otherwise: "`webmail.<first domain>`" },
      productName: { schema: line("a name", 80), description: "Title that users see.", default: "Webmail" },
    }),
    description: "Roundcube.",
    default: {},
  },
  bans: {
    schema: object({
      allow: {
        schema: list(network, { unique: true }),
        description:
          "Addresses and networks that are never banned, nor refused by sshd for failed logins: your offices, the machine that you deploy from. The site's hosts never are.",
        default: [],
        examples: [["198.51.100.0/24", "2001:db8:7::/48"]],
      },
      connections: {
        schema: number(50, 100_000),
        description:
          "Connections of one address to the mailstore at one time, where somebody logged in within 30 days; another address has a tenth. IPv6 counts by /64.",
        default: DEFAULTS.bans.connections,
      },
    }),
    description: "Who guesses passwords reaches no login of the site for a while, on none of its hosts.",
    default: {},
  },
  dns: {
    schema: object({
      provider: {
        schema: choice(["powerdns", "ovh", "none"]),
        description:
          "Who serves the zones: PowerDNS (the role nameserver, or a server behind `api`), OVH, or nobody (the zone is printed).",
        default: "none",
      },
      api: {
        schema: object(dnsApi),
        description:
          "PowerDNS' HTTP API of a server that is no host of this site. Its key is a secret of the stack, `postfleet:powerdns`, together with the address that it is for: `{url, apiKey}`.",
        examples: [{ url: "https://dns.example.org:8081" }],
      },
      records,
      ttl: {
        schema: duration("s", "1s", "7d", { bare: "s" }),
        description: "Time to live of the records.",
        default: "1h",
        examples: [3600, "1h"],
      },
      dnssec: {
        schema: flag,
        description:
          "The zones are signed: TLSA records are published, which nobody may believe otherwise. The role nameserver signs by " +
          "itself; elsewhere it is turned on there, and `postfleet dns` checks it.",
        otherwise: "true where a provider serves the zones",
      },
    }),
    description: "The site's zones.",
    default: {},
  },
  system: {
    schema: object({
      ntp: {
        schema: list(domainName, { unique: true }),
        description: "NTP servers. None: Debian's pool.",
        default: [],
        examples: [["ntp.example.org"]],
      },
      journal: {
        schema: object({
          size: {
            schema: size("64M", "1024G", { in: "M" }),
            description: "Most that it takes on disk.",
            default: "1G",
          },
          days: {
            schema: number(1, 3650),
            description: "Days that it is kept. Mail logs say who wrote to whom: no longer than needed.",
            default: 30,
          },
        }),
        description: "The journal, all logs of mail among it.",
        default: {},
      },
    }),
    description: "What every host has of its own.",
    default: {},
  },
  certificates: {
    schema: object({
      acme: {
        schema: object(acme),
        description: "Certificates by ACME. Without it they are self-signed.",
        examples: [{}],
      },
    }),
    description: "Certificates of the site's names.",
    default: {},
  },
  backups: {
    schema: object({
      every: {
        schema: duration("m", "5m", "7d"),
        description: "Time between backups.",
        default: durationText(DEFAULTS.backupEvery * 60),
      },
      keep: {
        schema: object({
          daily: { ...kept("days"), default: DEFAULTS.keep.daily },
          weekly: { ...kept("weeks"), default: DEFAULTS.keep.weekly },
          monthly: { ...kept("months"), default: DEFAULTS.keep.monthly },
        }),
        description: "What is kept, by when it arrived at the target; all of the last day besides.",
        default: {},
      },
      targets: {
        schema: list(label, { min: 1, unique: true }),
        description: "Hosts with the role `backup` that keep them.",
        otherwise: "all of them",
        examples: [["back1"]],
      },
      minFree: {
        schema: number(1, 90),
        description: "Part of a target's disk that backups leave free, in percent: restores and pruning need room.",
        otherwise: "10",
      },
      readableByTarget: {
        schema: flag,
        description:
          "Whether targets get the passwords of the repositories. With them they prune and check, and who owns a target can read what is in it. Without them they can read nothing, and nothing is pruned there.",
        default: true,
      },
    }),
    description: "Backups with restic. Without this nothing is backed up.",
    examples: [{ every: "1h" }],
  },
} satisfies Fields;
