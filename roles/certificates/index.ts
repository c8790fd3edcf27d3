/**
 * The host's certificate by ACME, RFC 8555, challenge http-01. The private key comes from the Pulumi state, so DANE's TLSA
 * holds over renewals and rebuilds; a new key is served together with the first certificate for it. Services always start: with
 * the last certificate, else with a self-signed one.
 */
import { presentHosts, servesOwnZones } from "../../site";
import { defineRole, fromFacts } from "../derived";
import { secretFile } from "../secrets";
import { TLS_DIRECTORY } from "../shared/paths";
import { ACME_ACCOUNT, tlsRing } from "../shared/records";
import type { CertificatesArgs } from "./args";
import { ACCOUNT_KEY, LEGO, WANTED_KEY } from "./files";
import { certificatesParts } from "./manifest";

export type { AcmeArgs, CertificatesArgs } from "./args";
export { PENDING as CERTIFICATES_PENDING } from "./files";

type Late = "caCertificate" | "accountUri";

export const certificates = defineRole<CertificatesArgs, Late, { privateKey: "one"; accountKey: "maybe" }>({
  name: "certificates",
  component: "Certificates",
  summary: "ACME; the key stays the same over renewals, so TLSA holds",
  software: "lego",
  needs: [{ role: "nameserver", why: "the CA asks the name servers before it asks the host", optional: true }],
  implied: ({ roles }) => roles.some(({ tlsUnit }) => tlsUnit !== undefined),
  hosts: { several: true, twins: "each its own" },
  // At the apex where the whole zone is ours; else at our own names, since a web site beside the mail may have another CA.
  records: ({ site, zones, certificateNames }) => {
    const issuers = site.certificates.acme?.issuers ?? [];
    if (issuers.length === 0) return [];
    const names = servesOwnZones(site) ? zones : [...new Set(presentHosts(site).flatMap(certificateNames))];
    // Only these CAs, and of those only our account by http-01, RFC 8657.
    const allowed = issuers.map((ca) => ({
      key: ACME_ACCOUNT,
      value: `0 issue "${ca}; validationmethods=http-01; accounturi={accountUri}"`,
    }));
    return names.map((name) => ({
      name,
      type: "CAA" as const,
      values: [...allowed, '0 issuewild ";"'],
      why: "who may issue certificates",
      rfc: "RFC 8659, RFC 8657",
      level: "recommended" as const,
    }));
  },
  packages: ({ acme }) => [...(acme ? ["lego"] : []), "nginx-light", "openssl"],
  listens: () => [{ port: 80, to: "world" }],
  data: [
    {
      path: TLS_DIRECTORY,
      what: "certificates and their keys",
      backup: false,
      precious: false,
      loss: "nothing: the keys are in the state, the CA issues again",
    },
    { path: LEGO, what: "where lego works", backup: false, precious: false, loss: "nothing" },
  ],
  secrets: {
    shape: { privateKey: "one", accountKey: "maybe" },
    refs: fromFacts([], ({ site, host }) => ({
      privateKey: { kind: "ring", id: tlsRing(host) },
      ...(site.certificates.acme ? { accountKey: { kind: "acmeAccount" as const } } : {}),
    })),
    files: ({ privateKey, accountKey }) => ({
      [WANTED_KEY]: secretFile([privateKey]),
      ...(accountKey === undefined ? {} : { [ACCOUNT_KEY]: secretFile([accountKey]) }),
    }),
  },
  watch: [
    {
      what: "days until the first certificate ends",
      argv: [
        "sh",
        "-c",
        `for c in ${TLS_DIRECTORY}/*/fullchain.pem; do openssl x509 -in "$c" -noout -enddate | cut -d= -f2; done | ` +
          'while read -r end; do echo $((($(date -d "$end" +%s) - $(date +%s)) / 86400)); done | sort -n | head -n 1',
      ],
      normal: { least: 14 },
    },
  ],
  update: { by: "reload", notice: "nothing", twins: "at once" },
  args: ({ site, host, certificateNames }) => {
    const { acme } = site.certificates;
    return {
      hostname: host.hostname,
      names: certificateNames(host),
      ...(acme ? { acme: { directory: acme.directory, email: acme.email, renewBefore: acme.renewBefore } } : {}),
    };
  },
  late: fromFacts(["acmeCa", "acmeAccountUri"], (_, { acmeCa, acmeAccountUri }) => ({
    ...(acmeCa === undefined ? {} : { caCertificate: acmeCa }),
    ...(acmeAccountUri === undefined ? {} : { accountUri: acmeAccountUri }),
  })),
  manifest: certificatesParts,
});
