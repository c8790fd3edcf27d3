/**
 * Role `mx`: postfix@mx, the edge to the Internet on port 25 (RFC 5321).
 *
 * It knows every recipient, asks the filter before it says 250, and hands accepted mail to the relay. It delivers nothing
 * and trusts no client by its address.
 */
import { hostsWith, mailDomainsOf } from "../../site";
import { defineRole } from "../derived";
import { mta, required, siteHostnames } from "../shared/mta";
import { PORTS } from "../shared/paths";
import { instance, POSTFIX_PACKAGES, queueData, queueWatch } from "../shared/postfix";
import { tlsa } from "../shared/records";
import type { MxArgs } from "./args";
import { mxParts } from "./manifest";

export type { MxArgs } from "./args";

/** Preference of MX hosts that name none, RFC 5321 section 5.1. */
const PREFERENCE = 10;

export const mx = defineRole<MxArgs>({
  name: "mx",
  component: "Mx",
  summary:
    "mail from the Internet: unknown recipients refused at the edge, SMTP smuggling refused, block lists on request",
  software: "postfix@mx, postscreen",
  needs: [
    { role: "certificates", why: "it offers TLS to every sender", optional: true },
    { role: "link", why: "mail between hosts is encrypted", optional: true },
    { role: "filter", why: "mail is judged before it is accepted", optional: true },
    { role: "relay", why: "it hands accepted mail to the relay" },
  ],
  hosts: { several: true, twins: "alike" },
  tlsUnit: instance("mx").unit,
  users: ["postfix"],
  uses: {
    relay: { roles: ["relay"], port: { relay: PORTS.relay }, choice: "local first" },
    milter: { roles: ["filter"], port: { filter: PORTS.milter }, choice: "local" },
  },
  records: ({ site }) => [
    ...mailDomainsOf(site).map(({ name }) => ({
      name,
      type: "MX" as const,
      values: hostsWith(site, "mx").map((host) => `${host.mxPreference ?? PREFERENCE} ${host.hostname}.`),
      why: "who takes the mail",
      rfc: "RFC 5321",
      level: "required" as const,
    })),
    ...(site.dns.dnssec
      ? hostsWith(site, "mx").map((host) => tlsa(25, host.hostname, [host], "DANE: the key of this MX"))
      : []),
  ],
  packages: () => POSTFIX_PACKAGES,
  listens: () => [{ port: 25, to: "world" }],
  data: queueData("mx", "mail that the relay has not taken yet: seconds of it, unless the relay is down", false),
  watch: [queueWatch("mx", 50)],
  update: { by: "reload", notice: "nothing: connections go on under the old settings", twins: "in turn" },
  args: (context) => {
    const { site } = context;
    return {
      ...mta(context),
      siteHostnames: siteHostnames(site),
      relay: required(context, "relay"),
      milter: required(context, "milter"),
      ...site.mx,
    };
  },
  manifest: mxParts,
});
