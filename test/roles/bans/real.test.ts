/**
 * Real Dovecot, Postfix, nftables, the judge and the enforcer, on an island of their own. Clients come from several addresses of
 * its loopback. What they do is written in Python, on top of estate.py.
 */
import { generateKeyPairSync } from "node:crypto";
import { hashSync } from "bcryptjs";
import { selfSigned } from "../../../roles/backup/certificate";
import { bans } from "../../../roles/bans";
import { mailstore } from "../../../roles/mailstore";
import { passwdFile } from "../../../roles/mailstore/passwd-file";
import { submission } from "../../../roles/submission";
import { contentsOf, describeInChroot } from "../../support/chroot";
import { onIsland } from "../../support/island";
import { book } from "../relay/book";

jest.setTimeout(150_000);

const HOST = "mail1.example.org";
const KEY = generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" }).toString();
/** A hash as strong as the site's, so that what it costs can be seen. */
const RIGHT = `{BLF-CRYPT}${hashSync("right", 10)}`;
const PEOPLE = ["alice", "bob", "carol"].map((name) => `${name}@example.org`);

/** Of loopback; the first three are OFFICE, HOME and BOT of the programs. */
const ADDRESSES = [
  "192.0.2.100",
  "192.0.2.101",
  "192.0.2.102",
  "2001:db8:1:2::1",
  "2001:db8:1:2::2",
  "2001:db8:1:3::1",
];
const HEAD = `from estate import *
OFFICE, HOME, BOT = ${JSON.stringify(ADDRESSES.slice(0, 3))}
ALICE, BOB, CAROL = ${JSON.stringify(PEOPLE)}
prepared()
`;

const files = (connections = 500): Record<string, string> => {
  const submissions = contentsOf(
    submission.manifest({
      ...book,
      hostname: HOST,
      siteClients: [],
      relay: { address: "127.0.0.1", port: 10025 },
      sasl: { address: "127.0.0.1", port: 12345 },
    }),
  );
  const main = "/etc/postfix-submission/main.cf";
  return {
    ...contentsOf(
      mailstore.manifest({
        hostname: HOST,
        postmaster: "postmaster@example.org",
        relayHosts: ["127.0.0.1"],
        submissionHosts: ["127.0.0.1"],
        webmailHosts: ["127.0.0.1"],
        controllers: ["127.0.0.1:11334"],
        allowed: ["127.0.0.1"],
      }),
    ),
    ...submissions,
    // No filter runs here.
    [main]: submissions[main]?.replace(/^smtpd_milters = .*$/m, "") ?? "",
    ...contentsOf(
      bans.manifest({
        judge: { address: "127.0.0.1", port: 12347 },
        ports: [443, 465, 587, 993, 4190],
        countedPorts: [993, 4190],
        connections,
      }),
    ),
    [`/etc/postfleet/tls/${HOST}/fullchain.pem`]: selfSigned(KEY, [HOST]),
    [`/etc/postfleet/tls/${HOST}/privkey.pem`]: KEY,
    "/etc/dovecot/postfleet-users": passwdFile(PEOPLE.map((address) => ({ address, passwordHash: RIGHT, quota: 1 }))),
  };
};

const story = <T>(program: string, connections?: number): Promise<T> =>
  onIsland<T>(HEAD + program, { files: files(connections), modules: __dirname, addresses: ADDRESSES });

type Answer = [code: number, words: string, seconds: number];

describeInChroot("a mail host", () => {
  test("F09: wrong passwords for one account at submission, then another's right one, from the same address", async () => {
    const { wrong, bob } = await story<{ wrong: Answer[]; bob: Answer }>(`
judge(); dovecot(); postfix()
tell({"wrong": [submit(ALICE, f"wrong {n}", OFFICE) for n in range(6)], "bob": submit(BOB, "right", OFFICE)})
`);
    expect(wrong.map(([code]) => code)).toEqual([535, 535, 535, 535, 535, 535]);
    expect(Math.max(...wrong.map(([, , seconds]) => seconds))).toBeLessThan(3.5);
    expect(bob[0]).toBe(235);
    expect(bob[2]).toBeLessThan(1.5);
  });

  test("who guesses at many accounts is banned in the kernel, by both protocols, and no hash is reckoned for him any more", async () => {
    const seen = await story<Record<string, never>>(`
judge(); dovecot(); postfix(); enforcer()
office = [imap(BOB, "right", OFFICE), submit(CAROL, "right", OFFICE)]
held = Imap(HOME)
open_to_bot = socket.create_connection(("127.0.0.1", 993), 5, (BOT, 0))
ways = [lambda n: imap(ALICE, f"guess {n}", BOT), lambda n: submit(f"name{n}@example.org", f"guess {n}", BOT)]
import concurrent.futures
with concurrent.futures.ThreadPoolExecutor(5) as many:
    answers = list(many.map(lambda n: ways[n % 2](n), range(10)))
until(lambda: banned() == [BOT], "the ban", 6)
before = seconds_of("auth")
def knock(port):
    try:
        socket.create_connection(("127.0.0.1", port), 1.5, (BOT, 0)).close()
        return "open"
    except OSError as error:
        return type(error).__name__
knocks = {port: knock(port) for port in (465, 587, 993, 4190, 12345)}
# What it had open is cut: nothing that it says arrives.
open_to_bot.settimeout(2)
try:
    open_to_bot.sendall(b"hello")
    cut = open_to_bot.recv(100) == b""
except OSError:
    cut = True
tell({"answers": answers, "knocks": knocks, "cut": cut, "auth": seconds_of("auth") - before,
      "office": office, "still": [imap(BOB, "right", OFFICE), imap(ALICE, "right", HOME)], "held": held.noop()[0],
      "list": json.loads(sh("postfleet-bans list --json"))["bans"],
      "lifted": [sh(f"postfleet-bans lift {BOT}; echo $?"), sh(f"postfleet-bans lift {BOT}; echo $?")],
      "free": [until(lambda: banned() == [], "the end of the ban", 6), imap(ALICE, "right", BOT)]})
`);
    expect(seen.knocks).toEqual({
      465: "TimeoutError",
      587: "TimeoutError",
      993: "TimeoutError",
      4190: "TimeoutError",
      12345: "open",
    });
    expect(seen).toMatchObject({
      cut: true,
      held: "OK",
      still: [
        ["OK", expect.anything()],
        ["OK", expect.anything()],
      ],
    });
    expect(seen.auth).toBeLessThan(0.2);
    expect(seen.list).toEqual([expect.objectContaining({ address: "192.0.2.102", times: 1 })]);
    expect(seen.lifted).toEqual(["192.0.2.102 is free again\n0\n", "192.0.2.102 was not banned\n1\n"]);
    expect(seen.free).toEqual([null, ["OK", expect.anything()]]);
  });

  test("a refusal comes before the hash; the webmail's people are judged by the address of their browser", async () => {
    const seen = await story<{ words: string; cost: number; one: number; webmail: string[]; others: string }>(`
judge(); dovecot()
# Somebody logged in at the office, so that it is never banned.
imap(BOB, "right", OFFICE)
begun = seconds_of("auth")
imap(ALICE, "guess", OFFICE)
one = seconds_of("auth") - begun
import concurrent.futures
with concurrent.futures.ThreadPoolExecutor(10) as many:
    list(many.map(lambda n: imap(ALICE, f"guess {n}", OFFICE), range(9)))
begun = seconds_of("auth")
with concurrent.futures.ThreadPoolExecutor(10) as many:
    refused = list(many.map(lambda n: imap(ALICE, f"more {n}", OFFICE)[0], range(20)))
cost = seconds_of("auth") - begun
def by_webmail(user, password, browser):
    client = Imap("127.0.0.1")
    client.xatom("ID", f'("x-originating-ip" "{browser}")')
    try:
        return client.login(user, password)[0]
    except imaplib.IMAP4.error as error:
        return str(error)
with concurrent.futures.ThreadPoolExecutor(10) as many:
    list(many.map(lambda n: by_webmail(CAROL, f"guess {n}", "198.51.100.66"), range(10)))
tell({"words": refused[0], "refused": len(set(refused)), "cost": cost, "one": one,
      "webmail": [by_webmail(CAROL, "right", "198.51.100.66"), by_webmail(CAROL, "right", "198.51.100.67")],
      "others": imap(BOB, "right", OFFICE)[0]})
`);
    expect(seen).toMatchObject({ refused: 1, others: "OK" });
    expect(seen.words).toContain("Too many wrong passwords");
    // Twenty refusals cost less than two hashes would.
    expect(seen.one).toBeGreaterThan(0.02);
    expect(seen.cost).toBeLessThan(Math.max(2 * seen.one, 0.1));
    expect(seen.webmail).toEqual([expect.stringContaining("Too many wrong passwords"), "OK"]);
  });

  // TLS and the hash take their time as well, the more so on a busy machine.
  test("the judge gone, or hanging: logins go on within a second", async () => {
    const seen = await story<{ hanging: [string, number]; gone: [string, number][]; wrong: Answer }>(`
process = judge(); dovecot(); postfix()
import signal
daemon = int(sh("pgrep -f judge-daemon").split()[0])
os.kill(daemon, signal.SIGSTOP)
hanging = [imap(BOB, "right", OFFICE), submit(BOB, "right", HOME)[2:]]
os.kill(daemon, signal.SIGKILL)
tell({"hanging": hanging[0], "gone": [imap(BOB, "right", OFFICE), imap(ALICE, "right", BOT)],
      "submission": hanging[1], "wrong": submit(BOB, "wrong", HOME)})
`);
    expect(seen.hanging[0]).toBe("OK");
    expect(seen.hanging[1]).toBeLessThan(1.8);
    for (const [answer, seconds] of seen.gone) expect([answer, seconds < 1.8]).toEqual(["OK", true]);
    expect(seen.wrong[0]).toBe(535);
  });

  test("at submission a failure of the mailstore is temporary, and a wrong password never is", async () => {
    const seen = await story<
      Record<"broken" | "silent" | "right" | "wrong" | "back", Answer> & { down: number[]; waited: number }
    >(`
judge(); store = dovecot(); postfix()
import signal
def readable(mode):
    os.chmod("/etc/dovecot/postfleet-users", mode)
    os.utime("/etc/dovecot/postfleet-users")
readable(0o600)
broken = submit(BOB, "right", OFFICE)
readable(0o640)
auth = [int(pid) for pid in sh("pgrep -x auth").split()]
def silently():
    for pid in auth: os.kill(pid, signal.SIGSTOP)
silent = submit(BOB, "right", OFFICE, silently)
for pid in auth: os.kill(pid, signal.SIGCONT)
right, wrong = submit(BOB, "right", OFFICE), submit(BOB, "wrong", OFFICE)
end(store)
down = [submit(BOB, "right", OFFICE)[0] for _ in range(3)]
store = dovecot()
back, seconds = timed(lambda: submit(BOB, "right", OFFICE))
tell({"broken": broken, "silent": silent, "right": right, "wrong": wrong, "down": down, "back": back, "waited": seconds})
`);
    expect(seen.broken[0]).toBe(454);
    expect(seen.silent[0]).toBe(454);
    expect(seen.right[0]).toBe(235);
    expect(seen.wrong[0]).toBe(535);
    expect(seen.down).not.toContain(535);
    // Its process ended for want of Dovecot; the next one is started when Dovecot is back, and not a minute later.
    expect([seen.back[0], seen.waited < 8]).toEqual([235, true]);
  });

  test("many logins at once, more than can be reckoned in time: some come again, none is called wrong", async () => {
    const seen = await story<{ codes: number[]; after: number }>(`
slow = sh("doveadm pw -s BLF-CRYPT -r 12 -p right").strip()
with open("/etc/dovecot/postfleet-users") as file:
    lines = [":".join([line.split(":")[0], slow, *line.split(":")[2:]]) if "@" in line else line for line in file]
with open("/etc/dovecot/postfleet-users", "w") as file:
    file.writelines(lines)
judge(); dovecot(); postfix()
import concurrent.futures
with concurrent.futures.ThreadPoolExecutor(50) as many:
    answers = list(many.map(lambda n: submit((ALICE, BOB)[n % 2], "right", (OFFICE, HOME)[n % 2])[0], range(50)))
time.sleep(3)
tell({"codes": answers, "after": submit(CAROL, "right", BOT)[0]})
`);
    expect(seen.codes).toContain(235);
    expect(seen.codes.filter((code) => ![235, 450, 454, 0].includes(code))).toEqual([]);
    expect(seen.after).toBe(235);
  });

  test("one address cannot hold all connections: a stranger has a tenth of who logged in; IPv6 counts by /64", async () => {
    const seen = await story<Record<string, number[]>>(
      `
judge(); dovecot(); enforcer()
imap(BOB, "right", OFFICE)
until(lambda: OFFICE in sh("nft list set inet postfleet_bans known4"), "who is known", 6)
def held(address, count, to="127.0.0.1"):
    sockets = []
    for _ in range(count):
        try:
            sockets.append(socket.create_connection((to, 993), 2, (address, 0)))
        except OSError:
            pass
    return sockets
bot, office = held(BOT, 30), held(OFFICE, 70)
six = held("2001:db8:1:2::1", 4, "::1") + held("2001:db8:1:2::2", 4, "::1")
beside = held("2001:db8:1:3::1", 4, "::1")
for one in bot: one.close()
time.sleep(0.5)
tell({"counts": [len(bot), len(office), len(six), len(beside), len(held(HOME, 3))]})
`,
      50,
    );
    expect(seen.counts).toEqual([5, 50, 5, 4, 3]);
  });

  test("bans live through a new ruleset, a flushed one, and restarts; without the judge they stay until their time", async () => {
    const seen = await story<Record<string, never>>(`
process = judge(); keeper = enforcer()
def report(login, address, password):
    import http.client
    connection = http.client.HTTPConnection("127.0.0.1", 12346)
    for command in ("allow", "report"):
        connection.request("POST", f"/?command={command}", json.dumps({"login": login, "remote": address, "pwhash": password,
            "success": False, "policy_reject": False, "fail_type": "credentials"}))
        answer = json.loads(connection.getresponse().read())
    return answer
for n in range(12): report(ALICE, BOT, f"{n}")
for n in range(12): report(ALICE, "2001:db8:1:2::1", f"{n}")
until(lambda: banned() == [BOT], "the ban", 6)
stages = {"first": [banned(), banned(6)]}
open("/tmp/base.nft", "w").write("table inet postfleet\\ndelete table inet postfleet\\ntable inet postfleet { }\\n")
sh("nft -f /tmp/base.nft; nft -f /tmp/base.nft")
stages["ruleset"] = banned()
sh("nft flush ruleset")
until(lambda: "banned4" in sh("nft list ruleset") and banned() == [BOT], "the table again", 15)
end(process); process = judge()
end(keeper); keeper = enforcer()
stages["restarted"] = banned()
time.sleep(3)
stages["settled"] = banned()
end(process)
time.sleep(4)
stages["alone"] = banned()
stages["secret"] = sh("stat -c %a /var/lib/postfleet-judge/state.json")
tell(stages)
`);
    expect(seen.first).toEqual([["192.0.2.102"], ["2001:db8:1:2::"]]);
    for (const stage of ["ruleset", "restarted", "settled", "alone"])
      expect([stage, seen[stage]]).toEqual([stage, ["192.0.2.102"]]);
  });

  test("the judge takes no nonsense, and tells only addresses; where people log in it tells this host alone", async () => {
    const seen = await story<Record<string, unknown>>(`
judge()
import http.client
def ask(method, path, body=None, port=12346, headers={}, to="127.0.0.1"):
    connection = http.client.HTTPConnection(to, port, timeout=5)
    try:
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        return [answer.status, json.loads(answer.read() or b"null") if answer.status < 500 else None]
    except (OSError, http.client.HTTPException) as error:
        return type(error).__name__
nonsense = [ask("POST", "/?command=allow", body) for body in ("", "{", "[]", "7", "{}", '{"login": 7, "remote": []}')]
nonsense += [ask("POST", "/?command=ban", "{}"), ask("POST", "/?command=allow", "{}", headers={"Content-Length": "99999999"})]
right = {"login": BOB, "remote": OFFICE, "pwhash": "x", "success": True, "policy_reject": False, "fail_type": ""}
ask("POST", "/?command=report", json.dumps(right))
tell({"nonsense": [status for status, _ in nonsense], "here": ask("GET", "/", port=12347)[1],
      "there": ask("GET", "/", port=12347, to=HOME)[1], "policy": ask("POST", "/", to=HOME),
      "wrong": [sh(f"postfleet-bans {words} 2>&1; echo $?") for words in ("", "lift", "lift nobody", "list x")]})
`);
    expect(seen.nonsense).toEqual([400, 400, 400, 400, 400, 400, 400, 400]);
    expect(seen).toMatchObject({
      here: { bans: {}, known: ["192.0.2.100"] },
      there: { bans: {}, known: [] },
      policy: "ConnectionRefusedError",
    });
    const wrong = seen.wrong as string[];
    for (const words of wrong) expect(words).toMatch(/\n2\n$/);
    expect(wrong[2]).toContain("'nobody' is no address\nallowed: an IPv4 or IPv6 address");
  });
});
