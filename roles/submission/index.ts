/**
 * Role `submission`: postfix@submission, mail from the site's own people on 465 and 587 (RFC 6409, RFC 8314).
 *
 * Nobody speaks without TLS, nobody sends without a login, nobody sends as somebody else. The filter signs and limits;
 * the relay carries on.
 */
import { hostsWith, mailDomainsOf } from "../../site";
import { defineRole } from "../derived";
import { clientAddresses } from "../shared/link";
import { mta, required } from "../shared/mta";
import { clientNames } from "../shared/names";
import { PORTS } from "../shared/paths";
import { instance, POSTFIX_PACKAGES, queueData, queueWatch } from "../shared/postfix";
import { srv, tlsa } from "../shared/records";
import { type SubmissionArgs, submissionSettings } from "./args";
import { submissionParts } from "./manifest";

export type { SubmissionArgs } from "./args";

export const submission = defineRole<SubmissionArgs>({
  name: "submission",
  component: "Submission",
  summary: "mail from your people, 465 and 587: login over TLS, senders must own their address",
  software: "postfix@submission",
  needs: [
    { role: "certificates", why: "nobody logs in without TLS", optional: true },
    { role: "link", why: "passwords and mail between hosts are encrypted", optional: true },
    { role: "filter", why: "mail is signed and limited before it is accepted", optional: true },
    { role: "relay", why: "it hands accepted mail to the relay" },
    { role: "mailstore", why: "its logins are checked by the mailstore's Dovecot" },
  ],
  hosts: { several: false, twins: "alike" },
  names: (site) => {
    const { imap: _, smtp } = clientNames(site);
    return [{ name: smtp, role: "submission", domain: site.domains[0]?.name }];
  },
  tlsUnit: instance("submission").unit,
  users: ["postfix"],
  uses: {
    relay: { roles: ["relay"], port: { relay: PORTS.relay }, choice: "local first" },
    sasl: { roles: ["mailstore"], port: { mailstore: PORTS.sasl }, choice: "local first" },
    milter: { roles: ["filter"], port: { filter: PORTS.milter }, choice: "local" },
  },
  records: ({ site }) => {
    const hosts = hostsWith(site, "submission");
    const { smtp } = clientNames(site);
    if (hosts.length === 0) return [];
    return [
      ...mailDomainsOf(site).flatMap(({ name }) => [
        srv("submissions", name, `0 1 465 ${smtp}.`, "RFC 8314", "submission over TLS"),
        srv("submission", name, `0 1 587 ${smtp}.`, "RFC 6186", "submission with STARTTLS"),
      ]),
      ...(site.dns.dnssec ? [465, 587].map((port) => tlsa(port, smtp, hosts, "DANE for submission")) : []),
    ];
  },
  packages: () => POSTFIX_PACKAGES,
  listens: (args) => {
    const { siteClients, sitePort } = submissionSettings(args);
    return [
      { port: 465, to: "world" },
      { port: 587, to: "world" },
      { port: sitePort, to: ["mailstore"], from: siteClients },
    ];
  },
  data: queueData(
    "submission",
    "mail that the relay has not taken yet: seconds of it, unless the relay is down",
    false,
  ),
  watch: [queueWatch("submission", 50)],
  update: { by: "reload", notice: "nothing: sessions go on under the old settings", twins: "in turn" },
  args: (context) => ({
    ...mta(context),
    relay: required(context, "relay"),
    sasl: required(context, "sasl"),
    milter: required(context, "milter"),
    sitePort: PORTS.siteSubmission,
    siteClients: clientAddresses(context, hostsWith(context.site, "mailstore")),
    messageSizeLimit: context.site.mx.messageSizeLimit,
    loginsPerMinute: context.site.submission.loginsPerMinute,
  }),
  manifest: submissionParts,
});
