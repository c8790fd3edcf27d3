<?php
// @OWNED@

// The request is searched, not parsed: no entity of an XML document from outside is ever followed.
$asked = preg_match('~<(?:\w+:)?EMailAddress>\s*([^<>\s]{1,254}@[^<>\s]{1,254})\s*<~i', file_get_contents('php://input'), $found);
if (!$asked) {
    http_response_code(400);
    header('Content-Type: text/plain');
    exit("An autodiscover request names an EMailAddress.\n");
}
$login = htmlspecialchars(html_entity_decode($found[1], ENT_QUOTES | ENT_XML1), ENT_QUOTES | ENT_XML1);
header('Content-Type: application/xml; charset=utf-8');
echo '<?xml version="1.0" encoding="utf-8"?>', "\n";
?>
<Autodiscover xmlns="http://schemas.microsoft.com/exchange/autodiscover/responseschema/2006">
  <Response xmlns="http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a">
    <Account>
      <AccountType>email</AccountType>
      <Action>settings</Action>
      <Protocol>
        <Type>IMAP</Type>
        <Server>@IMAP@</Server>
        <Port>993</Port>
        <LoginName><?= $login ?></LoginName>
        <SSL>on</SSL>
        <SPA>off</SPA>
        <AuthRequired>on</AuthRequired>
      </Protocol>
      <!--@if pop3-->
      <Protocol>
        <Type>POP3</Type>
        <Server>@IMAP@</Server>
        <Port>995</Port>
        <LoginName><?= $login ?></LoginName>
        <SSL>on</SSL>
        <SPA>off</SPA>
        <AuthRequired>on</AuthRequired>
      </Protocol>
      <!--@end-->
      <Protocol>
        <Type>SMTP</Type>
        <Server>@SUBMISSION@</Server>
        <Port>465</Port>
        <LoginName><?= $login ?></LoginName>
        <SSL>on</SSL>
        <SPA>off</SPA>
        <AuthRequired>on</AuthRequired>
      </Protocol>
    </Account>
  </Response>
</Autodiscover>
