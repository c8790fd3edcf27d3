/** What mail programs are told, by the real Dovecot and Postfix: "wrong password" where it is wrong, and nowhere else. */
import { describeInChroot } from "../../support/chroot";
import { ALICE, firstHost, OWN_USERS, USERS } from "../../support/first-host";
import { onMailHost } from "../../support/mail-host";

interface Said {
  imap: string;
  pop3: string;
  sieve: string;
  smtp: string;
}

const WRONG: Said = {
  imap: "NO [AUTHENTICATIONFAILED] Authentication failed.",
  pop3: "-ERR [AUTH] Authentication failed.",
  sieve: 'NO "Authentication failed."',
  smtp: "535 5.7.8 Error: authentication failed: (reason unavailable)",
};
const LATER = {
  imap: expect.stringMatching(/^NO \[UNAVAILABLE\]/),
  pop3: expect.stringMatching(/^-ERR \[SYS\/TEMP\]/),
  sieve: expect.stringMatching(/^NO \(TRYLATER\)/),
  lmtp: expect.stringMatching(/^451 4\.3\.0/),
};

const host = firstHost();
const { mailstore, submission } = host.manifests;
/** How long a temporary failure takes is for Postfix, see test/roles/bans. */
const POLICY = "/etc/dovecot/postfleet/policy.conf";
const policy = mailstore.files[POLICY];
if (policy)
  policy.content = policy.content.replace("auth_internal_failure_delay = 15", "auth_internal_failure_delay = 1");
const on = <T>(driver: string): T =>
  onMailHost<T>(
    [mailstore, submission],
    { [USERS]: host.users },
    `${OWN_USERS}A = "${ALICE}"
USERS = "${USERS}"
whole = read(USERS)
master = dovecot()
postfix("submission")
reachable(465)
def changed(text):
    write(USERS, text)
    time.sleep(2)
${driver}`,
  );

describeInChroot("logins and deliveries", () => {
  test("while all is well: right, wrong, unknown", () => {
    const said = on<{ right: Said; wrong: Said; unknown: Said; end: Said; lmtp: string[]; listed: string }>(`
told({
    "right": everywhere(A, "right"), "wrong": everywhere(A, "wrong"), "unknown": everywhere("x@example.org", "right"),
    "end": everywhere("!end", "right"), "lmtp": [lmtp(A), lmtp("x@example.org"), lmtp("!end")],
    "listed": run("doveadm", "force-resync", "-A", "*").returncode,
})`);
    expect(said.right).toMatchObject({ imap: "OK", smtp: "235 2.7.0 Authentication successful" });
    expect([said.right.pop3.slice(0, 3), said.right.sieve.slice(0, 2)]).toEqual(["+OK", "OK"]);
    expect([said.wrong, said.unknown, said.end]).toEqual([WRONG, WRONG, WRONG]);
    expect(said.lmtp.map((line) => line.slice(0, 3))).toEqual(["250", "550", "550"]);
    expect(said.listed).toBe(0);
  }, 150_000);

  // By SMTP: test/roles/bans/real.test.ts.
  test("the file of accounts is gone, empty, cut, unreadable: later, for whoever is not in it; nothing bounces", () => {
    const said = on<Record<string, Omit<Said, "smtp"> & { lmtp: string }>>(
      `
M = "mallory@example.org"
def unreadable():
    write(USERS, whole + "#")
    os.chmod(USERS, 0)
ways = {
    "gone": lambda: os.remove(USERS),
    "empty": lambda: write(USERS, ""),
    "cut after a line": lambda: write(USERS, whole[:whole.index("mallory")]),
    "cut inside a line": lambda: write(USERS, whole[:whole.index("mallory") + 12]),
    "unreadable": unreadable,
}
run("cp", "-p", USERS, "/tmp/whole")
result = {}
for name, spoil in ways.items():
    spoil()
    time.sleep(2)
    result[name] = {"imap": imap(M, "right"), "pop3": pop3(M, "right"), "sieve": sieve(M, "right"), "lmtp": lmtp(M)}
    run("cp", "-p", "/tmp/whole", "/tmp/back")
    os.rename("/tmp/back", USERS)
    os.utime(USERS)
    time.sleep(2)
told(result)`,
    );
    for (const [how, answers] of Object.entries(said)) expect({ how, ...answers }).toEqual({ how, ...LATER });
    expect(Object.keys(said)).toHaveLength(5);
  }, 150_000);
});
