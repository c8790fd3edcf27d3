/** nftables drop-in of the mailstore. */
import { isIPv6 } from "node:net";
import { owned, PORTS } from "../shared/paths";
import type { MailstoreSettings } from "./args";

/** `tcp dport PORT accept` for some addresses only; nothing where there are none. */
function only(addresses: string[], port: number): string {
  const rule = (family: string, members: string[]) =>
    members.length > 0 ? `${family} saddr { ${members.join(", ")} } tcp dport ${port} accept\n` : "";
  const unique = [...new Set(addresses)].sort();
  return (
    rule(
      "ip",
      unique.filter((a) => !isIPv6(a)),
    ) +
    rule(
      "ip6",
      unique.filter((a) => isIPv6(a)),
    )
  );
}

/** Clients reach IMAP and ManageSieve; only hosts of the site reach LMTP and the auth service. */
export function firewall(s: MailstoreSettings): string {
  const open = s.pop3 ? "993, 995, 4190" : "993, 4190";
  return `${owned("mailstore")}tcp dport { ${open} } accept
# LMTP from the relays
${only(s.relayHosts, PORTS.lmtp)}# SASL from submission
${only(s.submissionHosts, PORTS.sasl)}`;
}
