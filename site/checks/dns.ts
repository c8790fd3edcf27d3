/** Rules about zones, and about what receivers make of a domain's records: SPF and DMARC. */
import { costsLookup, includedBy, SPF_LOOKUPS } from "../schema/spf";
import { hostsOf, rolesReadable } from "./hosts";
import type { Check, Checked } from "./index";
import { type Edge, loops } from "./loops";

const servers: Check = {
  rule:
    "`dns.provider: powerdns` needs a host with the role nameserver or `dns.api`, not both; the role without powerdns serves " +
    "nothing (a warning).",
  run(checked) {
    const { site, problems } = checked;
    const { provider, api } = site.dns;
    const serving = hostsOf(checked).filter(({ host }) => host.roles.includes("nameserver") && !host.lost);
    if (api !== undefined && provider !== "powerdns") {
      problems.add(["dns", "api"], {
        message: `the API is PowerDNS', but dns.provider is ${provider}`,
        allowed: "api together with `provider: powerdns`",
        hint: "write `provider: powerdns`, or remove api",
        onKey: true,
      });
    } else if (api === undefined && provider === "powerdns" && serving.length === 0 && rolesReadable(checked)) {
      problems.add(["dns", "provider"], {
        message: "powerdns runs on a host with the role nameserver, and there is none",
        allowed: "none, ovh, or powerdns with a nameserver or an api",
        hint: "add nameserver to the roles of a host, name the `api` of a server elsewhere, or write `provider: none`",
      });
    }
    const served = api === undefined ? provider : `powerdns at ${api.url}`;
    for (const { at } of served === "powerdns" ? [] : serving) {
      problems.add([...at, "roles"], {
        message: `a nameserver, but dns.provider is ${served}: it has no zones to serve`,
        allowed: "the role nameserver with `dns: { provider: powerdns }`",
        hint: "write `dns: { provider: powerdns }`, or remove the role",
        severity: "warning",
      });
    }
  },
};

const dnssec: Check = {
  rule: "`dns.dnssec` needs a provider that signs.",
  run({ site, draft, problems }) {
    if (!draft.dns.dnssec || site.dns.provider !== "none") return;
    problems.add(["dns", "dnssec"], {
      message: "nobody serves the zones, so nobody can sign them",
      allowed: "false",
      hint: "remove dnssec, or let powerdns or ovh serve the zones",
    });
  },
};

const ttl: Check = {
  rule: "OVH takes no `dns.ttl` below 60 seconds.",
  run({ site, problems }) {
    if (site.dns.provider !== "ovh" || site.dns.ttl >= 60) return;
    const hint = "write 60s or more";
    problems.add(["dns", "ttl"], { message: "OVH takes no time to live below 60 seconds", allowed: "60s to 7d", hint });
  },
};

/** Domain -> its SPF terms with their places. */
const termsOf = ({ draft }: Checked) =>
  new Map((draft.domains ?? []).map(({ key, value }) => [key, value.mail ? value.spf : []]));

const includes: Check = {
  rule: "SPF records do not include themselves, also not by way of another domain of the site.",
  run(checked) {
    const terms = termsOf(checked);
    const edges = [...terms].flatMap(([from, items]) =>
      items.flatMap(({ at, value }): Edge[] => {
        const to = includedBy(value);
        return to !== undefined && terms.has(to) ? [{ from, to, at }] : [];
      }),
    );
    for (const { way, at } of loops(edges)) {
      checked.problems.add(at, {
        message: `the SPF records include each other: ${way.join(" -> ")}`,
        allowed: "includes that come to an end; receivers take a circle for a broken record",
        hint: "remove this include; the site's own hosts are in every record anyway",
      });
    }
  },
};

const lookups: Check = {
  rule: `An SPF record costs at most ${SPF_LOOKUPS} lookups (RFC 7208 §4.6.4); \`include\`, \`a\`, \`mx\` and \`exists\` cost one each, and more behind includes.`,
  run(checked) {
    const terms = termsOf(checked);
    const cost = (domain: string, above: readonly string[]): number =>
      (terms.get(domain) ?? []).reduce((sum, { value }) => {
        const inner = includedBy(value);
        const deeper = inner === undefined || above.includes(inner) ? 0 : cost(inner, [...above, inner]);
        return sum + (costsLookup(value) ? 1 : 0) + deeper;
      }, 0);
    for (const { key, at } of checked.draft.domains ?? []) {
      const total = cost(key, [key]);
      if (total <= SPF_LOOKUPS) continue;
      checked.problems.add([...at, "spf"], {
        message: `the SPF record of ${key} costs ${total} lookups or more: receivers take it for broken`,
        allowed: `at most ${SPF_LOOKUPS}, RFC 7208 section 4.6.4`,
        hint: "remove senders that are not used any more, or write their networks as ip4: and ip6:, which cost nothing",
      });
    }
  },
};

const silent: Check = {
  rule: "`spf`, `transport`, `catchAll`, `dav` and another DMARC policy than reject get a warning in a domain with `mail: false`.",
  run({ draft, problems }) {
    for (const { at, value } of draft.domains ?? []) {
      if (value.mail) continue;
      const given = {
        spf: value.spf.length > 0,
        transport: value.transport !== undefined,
        catchAll: value.catchAll !== undefined,
        dav: value.dav !== undefined,
        dmarc: value.dmarc !== "reject",
        dmarcTesting: value.dmarcTesting,
      };
      for (const [key] of Object.entries(given).filter(([, useless]) => useless)) {
        problems.add([...at, key], {
          message: `${key} has no effect in a domain without mail: its records refuse everything`,
          allowed: `a domain with mail, or no ${key}`,
          hint: `remove ${key}, or \`mail: false\``,
          severity: "warning",
        });
      }
    }
  },
};

const STRENGTH = ["none", "quarantine", "reject"];

const dmarc: Check = {
  rule: "`dmarcTesting` needs a policy that it can soften; a gentler policy for subdomains than for the domain gets a warning.",
  run({ draft, problems }) {
    for (const { at, value } of draft.domains ?? []) {
      if (!value.mail) continue;
      if (value.dmarcTesting && value.dmarc === "none") {
        problems.add([...at, "dmarcTesting"], {
          message: "the policy none cannot be applied more gently",
          allowed: "dmarcTesting with the policy quarantine or reject",
          hint: "write `dmarc: quarantine` for the next step, or remove dmarcTesting",
        });
      }
      for (const key of ["dmarcSubdomains", "dmarcNonexistent"] as const) {
        const policy = value[key];
        if (policy === undefined || STRENGTH.indexOf(policy) >= STRENGTH.indexOf(value.dmarc)) continue;
        problems.add([...at, key], {
          message: `subdomains are protected less than the domain: ${policy}, not ${value.dmarc}`,
          allowed: `${value.dmarc}, or a stricter policy`,
          hint: "forgers take subdomains then; remove it when the subdomains' own mail is signed",
          severity: "warning",
        });
      }
    }
  },
};

export const DNS_CHECKS: readonly Check[] = [servers, dnssec, ttl, includes, lookups, silent, dmarc];
