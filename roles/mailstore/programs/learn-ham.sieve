# @OWNED@
require ["vnd.dovecot.pipe", "copy", "imapsieve", "environment"];

# Emptying Junk into Trash says nothing about the mail.
if environment :is "imap.mailbox" "Trash" {
  stop;
}
pipe :copy "learn" ["ham"];
