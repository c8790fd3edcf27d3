/** What mail clients are told about the site: Mozilla autoconfig, Microsoft autodiscover. The login is the full address. */
import { owned } from "../shared/paths";
import type { WebmailSettings } from "./args";

const xml = (text: string) =>
  text.replace(/[&<>"]/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[c] ?? c);

/** config-v1.1.xml; the client puts the address in for %EMAILADDRESS%. */
export function autoconfig(s: WebmailSettings): string {
  const incoming = (type: string, port: number) => `    <incomingServer type="${type}">
      <hostname>${xml(s.imapHost)}</hostname>
      <port>${port}</port>
      <socketType>SSL</socketType>
      <authentication>password-cleartext</authentication>
      <username>%EMAILADDRESS%</username>
    </incomingServer>
`;
  return `${owned("webmail", "<!--").trimEnd()} -->
<clientConfig version="1.1">
  <emailProvider id="${xml(s.domains[0] ?? s.name)}">
${s.domains.map((domain) => `    <domain>${xml(domain)}</domain>\n`).join("")}    <displayName>${xml(s.productName)}</displayName>
    <displayShortName>${xml(s.productName)}</displayShortName>
${incoming("imap", 993)}${s.pop3 ? incoming("pop3", 995) : ""}    <outgoingServer type="smtp">
      <hostname>${xml(s.submissionHost)}</hostname>
      <port>465</port>
      <socketType>SSL</socketType>
      <authentication>password-cleartext</authentication>
      <username>%EMAILADDRESS%</username>
    </outgoingServer>
  </emailProvider>
  <webMail>
    <loginPage url="https://${xml(s.name)}/" />
  </webMail>
</clientConfig>
`;
}

/** autodiscover.php: without the address in the answer Outlook would log in with the local part alone. */
export function autodiscover(s: WebmailSettings): string {
  const protocol = (type: string, server: string, port: number) => `      <Protocol>
        <Type>${type}</Type>
        <Server>${xml(server)}</Server>
        <Port>${port}</Port>
        <LoginName><?= $login ?></LoginName>
        <SSL>on</SSL>
        <SPA>off</SPA>
        <AuthRequired>on</AuthRequired>
      </Protocol>
`;
  return `<?php
${owned("webmail", "//")}
// The request is searched, not parsed: no entity of an XML document from outside is ever followed.
$asked = preg_match('~<(?:\\w+:)?EMailAddress>\\s*([^<>\\s]{1,254}@[^<>\\s]{1,254})\\s*<~i', file_get_contents('php://input'), $found);
if (!$asked) {
    http_response_code(400);
    header('Content-Type: text/plain');
    exit("An autodiscover request names an EMailAddress.\\n");
}
$login = htmlspecialchars(html_entity_decode($found[1], ENT_QUOTES | ENT_XML1), ENT_QUOTES | ENT_XML1);
header('Content-Type: application/xml; charset=utf-8');
echo '<?xml version="1.0" encoding="utf-8"?>', "\\n";
?>
<Autodiscover xmlns="http://schemas.microsoft.com/exchange/autodiscover/responseschema/2006">
  <Response xmlns="http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a">
    <Account>
      <AccountType>email</AccountType>
      <Action>settings</Action>
${protocol("IMAP", s.imapHost, 993)}${s.pop3 ? protocol("POP3", s.imapHost, 995) : ""}${protocol("SMTP", s.submissionHost, 465)}    </Account>
  </Response>
</Autodiscover>
`;
}
