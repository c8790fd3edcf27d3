/** Rules about zones and who serves them. */
import { type Check, holders, rolesReadable } from "./checked";

const servers: Check = {
  rule:
    "`dns.provider: powerdns` needs a host with the role nameserver or `dns.api`, not both; the role without powerdns serves " +
    "nothing (a warning).",
  run(checked) {
    const { site, problems } = checked;
    const { provider, api } = site.dns;
    const serving = holders(checked, "nameserver");
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

export const DNS_CHECKS: readonly Check[] = [servers, dnssec, ttl];
