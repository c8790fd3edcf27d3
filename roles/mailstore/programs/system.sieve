# @OWNED@
require ["envelope", "fileinto"];

# Bounces and notices of servers stay here: redirected by their reader's own rules they would make new ones, without end, and
# who set a redirect would not hear that it fails. A keep would let the reader's rules go on, fileinto does not.
if envelope :localpart :is "from" ["", "double-bounce", "mailer-daemon"] {
  fileinto "INBOX";
  stop;
}
