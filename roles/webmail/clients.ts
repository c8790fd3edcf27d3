/** What mail clients are told about the site: Mozilla autoconfig, Microsoft autodiscover. The login is the full address. */
import { xmlText } from "../../quote/text";
import { owned } from "../shared/paths";
import { program } from "../shared/program";
import type { WebmailSettings } from "./args";

/** config-v1.1.xml; the client puts the address in for %EMAILADDRESS%. */
export function autoconfig(s: WebmailSettings): string {
  const incoming = (type: string, port: number) => `    <incomingServer type="${type}">
      <hostname>${xmlText(s.imapHost)}</hostname>
      <port>${port}</port>
      <socketType>SSL</socketType>
      <authentication>password-cleartext</authentication>
      <username>%EMAILADDRESS%</username>
    </incomingServer>
`;
  return `${owned("webmail", "<!--").trimEnd()} -->
<clientConfig version="1.1">
  <emailProvider id="${xmlText(s.domains[0] ?? s.name)}">
${s.domains.map((domain) => `    <domain>${xmlText(domain)}</domain>\n`).join("")}    <displayName>${xmlText(s.productName)}</displayName>
    <displayShortName>${xmlText(s.productName)}</displayShortName>
${incoming("imap", 993)}${s.pop3 ? incoming("pop3", 995) : ""}    <outgoingServer type="smtp">
      <hostname>${xmlText(s.submissionHost)}</hostname>
      <port>465</port>
      <socketType>SSL</socketType>
      <authentication>password-cleartext</authentication>
      <username>%EMAILADDRESS%</username>
    </outgoingServer>
  </emailProvider>
  <webMail>
    <loginPage url="https://${xmlText(s.name)}/" />
  </webMail>
</clientConfig>
`;
}

/** autodiscover.php: without the address in the answer Outlook would log in with the local part alone. */
export const autodiscover = (s: WebmailSettings) =>
  program("webmail", "autodiscover.php", {
    values: { IMAP: s.imapHost, SUBMISSION: s.submissionHost },
    flags: { pop3: s.pop3 },
  });
