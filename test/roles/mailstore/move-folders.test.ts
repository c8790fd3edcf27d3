/** Mail as earlier versions laid it, moved by the real program and looked at by the real Dovecot. */
import { type MailstoreArgs, mailstoreSettings } from "../../../roles/mailstore/args";
import { moveFoldersProgram } from "../../../roles/mailstore/programs";
import { storageConf } from "../../../roles/mailstore/storage";
import { describeInChroot, inChroot, stage } from "../../support/chroot";

const ARGS: MailstoreArgs = {
  hostname: "mail1.example.org",
  postmaster: "postmaster@example.org",
  relayHosts: [],
  submissionHosts: [],
  controllers: [],
};

/** Dovecot's storage in a folder of its own, owned by a user that every Debian has. */
const dovecot = (storage: string) => `dovecot_config_version = 2.4.0
dovecot_storage_version = 2.4.0
base_dir = FOLDER/run
state_dir = FOLDER/state
log_path = FOLDER/log
info_log_path = FOLDER/info
default_internal_user = mail
default_login_user = mail
ssl = no
mail_uid = mail
mail_gid = mail
first_valid_uid = 8
${storage
  .replaceAll("/var/vmail", "FOLDER/mail")
  .replace("fts_autoindex = yes", "fts_autoindex = no")
  .replace(/^ {4}sieve_script [\s\S]*?^ {4}\}$/gm, "")
  .replace(/^imapsieve_from Junk \{[\s\S]*?^\}$/m, "")}
`;
const now = storageConf(mailstoreSettings(ARGS));
const before = now.replace(/^(mail_inbox_path|mailbox_root_directory_name|mailbox_directory_name) = .*\n/gm, "");

const SCRIPT = `#!/bin/sh
set -eu
export PATH="FOLDER/bin:$PATH"
# It is the user of the environment, and nobody has to be asked.
alone=--no-userdb-lookup
as_bob() { setpriv --reuid mail --regid mail --clear-groups env USER=bob@example.org HOME=FOLDER/mail/example.org/bob "$@"; }
was() { as_bob doveadm -c FOLDER/before.conf "$@"; }
is() { as_bob doveadm -c FOLDER/now.conf "$@"; }
letter() { printf 'From: zoe@foreign.example\\nSubject: %s\\n\\nhello\\n' "$1"; }
mkdir -p FOLDER/mail/example.org/bob FOLDER/run FOLDER/state
touch FOLDER/log FOLDER/info
chown -R mail:mail FOLDER/mail FOLDER/run FOLDER/state FOLDER/log FOLDER/info
`;

/** Runs steps on a fresh store. */
function story(steps: string): { status: number | null; lines: string[] } {
  const folder = stage(
    {
      "before.conf": dovecot(before),
      "now.conf": dovecot(now),
      move: moveFoldersProgram().replace('"/var/vmail"', '"FOLDER/mail"').replace('"vmail"', '"mail"'),
      "bin/systemctl": '#!/bin/sh\necho "$@" >>FOLDER/systemctl\n',
      "bin/doveconf": "#!/bin/sh\n",
      steps: `${SCRIPT}${steps}`,
    },
    (text, at) => text.replaceAll("FOLDER", at),
  );
  const { status, stdout, stderr } = inChroot("timeout", "60", `${folder}/steps`);
  return { status, lines: `${stdout}${stderr}`.trim().split("\n") };
}

const FETCH = (how: string) =>
  `${how} -f tab fetch $alone 'mailbox uid flags hdr.subject' all | tail -n +2 | tr '\\t' ' ' | sort`;

describeInChroot("mail of earlier versions", () => {
  test("keeps folders, messages, numbers, flags, keywords and subscriptions; nothing is left where it was", () => {
    const { status, lines } = story(`
was mailbox create $alone Lost; is mailbox list $alone | grep -x Lost && echo "there already"; was mailbox delete $alone Lost
rm -r FOLDER/mail/example.org/bob/Maildir
for folder in Work Work/Deep/Deeper folders Ärger; do was mailbox create $alone -s "$folder"; done
for n in 1 2 3; do letter "inbox $n" | was save $alone; letter "work $n" | was save $alone -m Work; done
letter deeper | was save $alone -m Work/Deep/Deeper
letter folders | was save $alone -m folders
was flags add $alone '\\Seen $label' mailbox INBOX uid 2
was expunge $alone mailbox Work uid 1
was index $alone '*' 2>FOLDER/quiet
${FETCH("was")} >FOLDER/mail.before
was mailbox status $alone uidvalidity '*' | sort >FOLDER/uidvalidity.before
was mailbox list $alone -s | sort >FOLDER/subscribed.before
python3 FOLDER/move
${FETCH("is")} >FOLDER/mail.now
is mailbox status $alone uidvalidity '*' | sort >FOLDER/uidvalidity.now
is mailbox list $alone -s | sort >FOLDER/subscribed.now
for what in mail uidvalidity subscribed; do cmp FOLDER/$what.before FOLDER/$what.now && wc -l <FOLDER/$what.now; done
ls FOLDER/mail/example.org/bob FOLDER/mail/example.org/bob/Maildir/folders | grep -v :
cat FOLDER/systemctl
python3 FOLDER/move
wc -l <FOLDER/systemctl
find FOLDER/mail ! -user mail
`);
    expect(lines).toEqual([
      "1 accounts have their folders in Maildir/folders and Maildir/inbox now",
      "7",
      "5",
      "9",
      "Maildir",
      "",
      ...["Work", "folders", "Ärger"],
      "stop dovecot.service",
      "1",
    ]);
    expect(status).toBe(0);
  }, 60_000);

  test("an update that was undone after the move: what came meanwhile joins the rest, in INBOX and in folders", () => {
    const { status, lines } = story(`
was mailbox create $alone Work
letter old | was save $alone -m Work; letter old | was save $alone
python3 FOLDER/move
letter meanwhile | was save $alone -m INBOX
was mailbox create $alone Work; letter meanwhile | was save $alone -m Work
python3 FOLDER/move
is -f tab fetch $alone 'mailbox hdr.subject' all | tail -n +2 | tr '\\t' ' ' | sort
`);
    expect(lines.slice(2)).toEqual(["INBOX meanwhile", "INBOX old", "Work meanwhile", "Work old"]);
    expect(status).toBe(0);
  }, 60_000);

  test("a move that was killed goes on; what is no mail is left and named", () => {
    const { status, lines } = story(`
was mailbox create $alone Work
letter a | was save $alone -m Work; letter b | was save $alone
cd FOLDER/mail/example.org/bob
echo notes >Maildir/Work/notes.txt
mkdir -p Maildir/folders/Work/.messages; mv Maildir/Work/new Maildir/folders/Work/.messages/; chown -R mail:mail Maildir
python3 FOLDER/move
is -f tab fetch $alone 'mailbox hdr.subject' all | tail -n +2 | tr '\\t' ' ' | sort
cat Maildir/Work/notes.txt
`);
    expect(lines.slice(1)).toEqual([
      expect.stringMatching(/bob\/Maildir\/Work holds something that is no mail/),
      "INBOX b",
      "Work a",
      "notes",
    ]);
    expect(status).toBe(0);
  }, 60_000);

  test("links lead nowhere", () => {
    const { lines } = story(`
was mailbox create $alone Work
letter a | was save $alone
mkdir FOLDER/other FOLDER/other/cur; echo mine >FOLDER/other/cur/file; chown -R mail FOLDER/other
ln -s FOLDER/other FOLDER/mail/example.org/bob/Maildir/Link
ln -s FOLDER/other FOLDER/mail/example.org/eve
python3 FOLDER/move
cat FOLDER/other/cur/file
is mailbox list $alone | grep -c Link || true
`);
    expect(lines.slice(-2)).toEqual(["mine", "0"]);
  }, 60_000);
});
