/**
 * Role `relay`: postfix@relay, the middle of the site. It takes mail from mx and submission, knows where each address
 * leads, delivers to the mailstore by LMTP (RFC 2033), and keeps the queue to the world, whose servers it verifies by DANE and MTA-STS.
 */
import { postfixEntry } from "../../quote/mail";
import { type DomainSpec, hostsWith, mailDomainsOf, type RoleName, type SiteSpec } from "../../site";
import { defineRole, fromFacts } from "../derived";
import { type SecretFile, secretFile } from "../secrets";
import { clientAddresses } from "../shared/link";
import { mta, siteHostnames } from "../shared/mta";
import { owned, PORTS } from "../shared/paths";
import { instance, POSTFIX_PACKAGES, queueData, queueWatch } from "../shared/postfix";
import { txt } from "../shared/records";
import { type RelayArgs, relaySettings, verifiesOthers, withHeaders } from "./args";
import { relayParts } from "./manifest";
import { MTA_STS_PACKAGES } from "./mta-sts";
import { SMARTHOST_PASSWORDS } from "./tables";

export type { RelayArgs } from "./args";

/** `v=spf1 ip4:… ip6:… -all`: the relays send, nobody else. RFC 7208. */
export function spf(site: SiteSpec, domain: DomainSpec): string {
  const relays = hostsWith(site, "relay").flatMap(({ address, address6 }) => [
    address.includes(":") ? `ip6:${address}` : `ip4:${address}`,
    ...(address6 === undefined ? [] : [`ip6:${address6}`]),
  ]);
  return ["v=spf1", ...(domain.mail ? [...relays, ...domain.spf] : []), "-all"].join(" ");
}

export const relay = defineRole<RelayArgs, never, { smarthostLogin: "maybe" }>({
  name: "relay",
  component: "Relay",
  summary: "aliases, groups, catch-all; delivery to the mailstore, and to the world with DANE and MTA-STS",
  software: "postfix@relay",
  needs: [
    { role: "certificates", why: "it offers TLS to those that hand mail on", optional: true },
    { role: "link", why: "mail between hosts is encrypted", optional: true },
    { role: "mailstore", why: "it delivers there", optional: true },
  ],
  hosts: { several: false, twins: "alike" },
  tlsUnit: instance("relay").unit,
  users: ["postfix"],
  uses: {
    mailstore: { roles: ["mailstore"], port: { mailstore: PORTS.lmtp }, choice: "local first" },
  },
  records: ({ site }) => [
    ...hostsWith(site, "relay").map((host) => ({
      name: host.hostname,
      type: "TXT" as const,
      values: [txt("v=spf1 a -all")],
      why: "SPF of the HELO name, for bounces",
      rfc: "RFC 7208 §2.3",
      level: "recommended" as const,
    })),
    ...mailDomainsOf(site).map((domain) => ({
      name: domain.name,
      type: "TXT" as const,
      values: [txt(spf(site, domain))],
      why: "who may send",
      rfc: "RFC 7208",
      level: "required" as const,
    })),
  ],
  packages: (args) => {
    const s = relaySettings(args);
    return [
      ...POSTFIX_PACKAGES,
      ...(verifiesOthers(s) ? MTA_STS_PACKAGES : []),
      // The mechanisms PLAIN and LOGIN for the smarthost are a package of their own.
      ...(s.smarthostAuthenticates ? ["libsasl2-modules"] : []),
    ];
  },
  listens: (args) => {
    const { port, clients, clientRoles } = relaySettings(args);
    return [{ port, to: clientRoles, from: clients }];
  },
  data: queueData("relay", "accepted mail that is on its way; its senders think it arrived", true),
  secrets: {
    shape: { smarthostLogin: "maybe" },
    refs: fromFacts([], ({ site }) => (site.relay.smarthostLogin ? { smarthostLogin: { kind: "smarthost" } } : {})),
    files: <T>({ smarthostLogin }: { smarthostLogin?: T }, { smarthost }: RelayArgs) => {
      const files: Record<string, SecretFile<T>> = {};
      const line = (login = "") => owned("relay") + postfixEntry(smarthost ?? "", login);
      if (smarthostLogin !== undefined) files[SMARTHOST_PASSWORDS] = secretFile([smarthostLogin], "root", line);
      return files;
    },
  },
  watch: [queueWatch("relay", 500)],
  update: { by: "reload", notice: "nothing: deliveries go on", twins: "in turn" },
  args: (context) => {
    const { site } = context;
    // Where nobody has a submission, the mailstore's own programs turn to the relay.
    const clientRoles: RoleName[] = ["mx", hostsWith(site, "submission").length > 0 ? "submission" : "mailstore"];
    return {
      ...mta(context),
      clientRoles,
      clients: clientAddresses(
        context,
        clientRoles.flatMap((role) => hostsWith(site, role)),
      ),
      siteHostnames: siteHostnames(site),
      mailstore: context.endpoints.mailstore?.[0],
      ...(site.relay.smarthost === undefined ? {} : { smarthost: site.relay.smarthost }),
      smarthostAuthenticates: site.relay.smarthostLogin,
      queueLifetime: site.relay.queueLifetime,
      messageSizeLimit: withHeaders(site.mx.messageSizeLimit),
    };
  },
  manifest: relayParts,
});
