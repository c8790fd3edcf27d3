/** Rules about names, certificates, DNS and the filter. */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { hostsOf, rolesReadable } from "./hosts";
import type { Check } from "./index";

const nameserver: Check = {
  rule: "`dns.provider: powerdns` needs a host with the role nameserver; the role without it serves nothing (a warning).",
  run(checked) {
    const { site, problems } = checked;
    const serving = hostsOf(checked).filter(({ host }) => host.roles.includes("nameserver") && !host.lost);
    if (site.dns.provider === "powerdns" && serving.length === 0 && rolesReadable(checked)) {
      problems.add(["dns", "provider"], {
        message: "powerdns runs on a host with the role nameserver, and there is none",
        allowed: "none, or powerdns with a nameserver",
        hint: "add nameserver to the roles of a host, or write `provider: none`",
      });
    }
    for (const { at } of site.dns.provider === "powerdns" ? [] : serving) {
      problems.add([...at, "roles"], {
        message: `a nameserver, but dns.provider is ${site.dns.provider}: it has no zones to serve`,
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
    if (!draft.dns.dnssec || site.dns.provider === "powerdns") return;
    const hint = "remove dnssec, or let powerdns serve the zones";
    problems.add(["dns", "dnssec"], {
      message: "nobody serves the zones, so nobody can sign them",
      allowed: "false",
      hint,
    });
  },
};

const issuers: Check = {
  rule: "A certificate authority other than Let's Encrypt has its CAA name in `issuers`.",
  run({ draft, problems }) {
    const acme = draft.certificates.acme;
    if (acme === undefined || /\.letsencrypt\.org$/.test(new URL(acme.directory).hostname)) return;
    if (acme.issuers.length !== 1 || acme.issuers[0]?.value !== "letsencrypt.org") return;
    problems.add(["certificates", "acme", "issuers"], {
      message: "the CAA records would allow Let's Encrypt alone, but the directory is another CA's",
      given: "[letsencrypt.org], the default",
      allowed: "the CAA names of the CA of the directory",
      hint: `write the CA's CAA name, e.g. \`issuers: [${new URL(acme.directory).hostname}]\``,
    });
  },
};

const caFile: Check = {
  rule: "`certificates.acme.caFile` exists and holds a PEM certificate.",
  run({ draft, problems, directory }) {
    const file = draft.certificates.acme?.caFile;
    if (file === undefined) return;
    const at = ["certificates", "acme", "caFile"];
    const allowed = "a PEM file, relative to the site file";
    try {
      if (readFileSync(resolve(directory, file), "utf8").includes("-----BEGIN CERTIFICATE-----")) return;
      problems.add(at, {
        message: "no certificate is in this file",
        allowed,
        hint: "export the CA's certificate as PEM",
      });
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      problems.add(at, {
        message: `the file cannot be read: ${code}`,
        allowed,
        hint: "put the CA's certificate there, or correct the path",
      });
    }
  },
};

const scores: Check = {
  rule: "The filter's scores rise: greylist, addHeader, reject.",
  run({ site, problems }) {
    const { greylist, addHeader, reject } = site.filter.scores;
    if (greylist < addHeader && addHeader < reject) return;
    problems.add(["filter", "scores"], {
      message: "the scores do not rise from greylist over addHeader to reject",
      given: `greylist ${greylist}, addHeader ${addHeader}, reject ${reject}`,
      allowed: "greylist < addHeader < reject; the defaults are 4, 6, 15",
      hint: "a message is to be delayed before it is marked, and marked before it is refused",
    });
  },
};

export const SERVICE_CHECKS: readonly Check[] = [nameserver, dnssec, issuers, caFile, scores];
