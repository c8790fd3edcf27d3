/** A suspended account, on the real Dovecot and Postfix: nobody gets in, who was in is out, nothing leaves, mail is kept. */
import { describeInChroot } from "../../support/chroot";
import { ALICE, firstHost, MALLORY, OWN_USERS, USERS } from "../../support/first-host";
import { onMailHost } from "../../support/mail-host";

const before = firstHost();
const after = firstHost({ mail: "refuse" });
const contents = (role: keyof typeof after.manifests) =>
  Object.fromEntries(Object.entries(after.manifests[role].files).map(([path, { content }]) => [path, content]));
const ROLES = ["mailstore", "submission", "relay"] as const;
const changedFiles = () =>
  Object.fromEntries(
    ROLES.flatMap((role) =>
      Object.entries(after.manifests[role].files).map(([path, { content }]) => ({ role, path, content })),
    )
      .filter(({ role, path, content }) => before.manifests[role].files[path]?.content !== content)
      .map(({ path, content }) => [path, content]),
  );
const step = (role: keyof typeof after.manifests) => after.manifests[role].prepare.at(-1)?.argv ?? [];

test("its mail is refused at the edge, held on the way out, and its tables are the only files that change", () => {
  expect(Object.keys(changedFiles()).sort()).toEqual([
    "/etc/dovecot/postfleet-suspended",
    "/etc/postfix-relay/held_senders",
    "/etc/postfix-submission/recipient_access",
    "/etc/postfix-submission/suspended",
  ]);
  const held = contents("relay")["/etc/postfix-relay/held_senders"]?.split("\n").slice(2, -1);
  expect(held).toEqual([
    "example.net HOLD the account is suspended",
    "abuse@example.net DUNNO",
    "mal@example.org HOLD the account is suspended",
    `${MALLORY} HOLD the account is suspended`,
    "postmaster@example.net DUNNO",
    "sales@example.net DUNNO",
  ]);
  expect(contents("submission")["/etc/postfix-submission/recipient_access"]).toContain(`${MALLORY} 550 5.2.1 `);
});

describeInChroot("at work", () => {
  test("sessions end, logins are refused, the Sieve script rests, mail that waits is held, others log in", () => {
    const said = onMailHost<Record<string, string | number | string[] | Record<string, string>>>(
      Object.values(before.manifests),
      {
        [USERS]: before.users,
        "/after.json": JSON.stringify({
          users: after.users,
          files: changedFiles(),
        }),
      },
      `${OWN_USERS}
M, A = "${MALLORY}", "${ALICE}"
MESSAGE = "From: ${MALLORY}\\nSubject: x\\n\\nhello\\n"
home = "/var/vmail/example.org/mallory"
os.makedirs(home + "/sieve")
with open(home + "/sieve/away.sieve", "w") as file:
    file.write('redirect "elsewhere@example.com";\\n')
os.symlink("sieve/away.sieve", home + "/.dovecot.sieve")
run("chown", "-R", "vmail:vmail", home)
dovecot()
postfix("submission")
# The relay's queue without its qmgr's deliveries: mail waits.
run("postconf", "-c", "/etc/postfix-submission", "-e", "defer_transports=smtp relay")
run("postfix", "-c", "/etc/postfix-submission", "reload")
reachable(465)
time.sleep(2)
imap_mallory = imap_session(M, "right")
smtp_mallory, entered = smtp_session(M, "right")
sent = [smtp_mallory.docmd(*words)[0] for words in (("MAIL", f"FROM:<{M}>"), ("RCPT", "TO:<x@[192.0.2.1]>"))]
smtp_mallory.docmd("DATA")
smtp_mallory.send(MESSAGE.replace("\\n", "\\r\\n").encode() + b"\\r\\n.\\r\\n")
queued = word(smtp_mallory.getreply()[1])
new = json.loads(read("/after.json"))
write("${USERS}", new["users"])
for path, text in new["files"].items():
    if read(path) != text:
        write(path, text)
began = time.time()
steps = ${JSON.stringify([step("mailstore"), step("submission")])}
ended = [run(*argv) for argv in steps]
took = time.time() - began
def alive(act):
    try:
        act()
        return "goes on"
    except Exception as error:
        return "ended" if "utting down" in str(error) or isinstance(error, (ConnectionError, smtplib.SMTPException)) else repr(error)
def lines(session):
    code, _ = session.docmd("NOOP")
    if code != 250:
        raise ConnectionError
told({
    "steps": [f"{done.returncode} {done.stderr}" for done in ended],
    "entered": entered, "sent": sent, "queued": queued, "took": took,
    "imap of mallory": alive(imap_mallory.noop), "smtp of mallory": alive(lambda: lines(smtp_mallory)),
    "login": {"imap": imap(M, "right"), "pop3": pop3(M, "right"), "sieve": sieve(M, "right"), "smtp": smtp(M, "right")},
    "alice": smtp(A, "right"),
    "lmtp": lmtp(M, MESSAGE),
    "kept": sorted(os.path.relpath(folder, home) for folder, _, files in os.walk(home + "/Maildir") if folder.endswith("new") and files),
    "queue": [f'{m["queue_name"]} {m["sender"]}' for m in map(json.loads, run("postqueue", "-c", "/etc/postfix-submission", "-j").stdout.splitlines())],
})`,
    );
    expect(said.steps).toEqual(["0 ", "0 "]);
    expect(said).toMatchObject({
      entered: "235 2.7.0 Authentication successful",
      "imap of mallory": "ended",
      "smtp of mallory": "ended",
      alice: "235 2.7.0 Authentication successful",
      kept: ["Maildir/inbox/new"],
      queue: [`hold ${MALLORY}`],
      login: {
        imap: expect.stringContaining("AUTHENTICATIONFAILED"),
        pop3: expect.stringContaining("-ERR [AUTH]"),
        sieve: expect.stringMatching(/^NO "/),
        smtp: expect.stringMatching(/^535/),
      },
    });
    expect(said.lmtp).toMatch(/^250/);
    expect(said.took).toBeLessThan(15);
  }, 150_000);
});
