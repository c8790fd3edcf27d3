/** What spammers and attackers try is refused, and nothing of it leaves the site. */
import { ok, on } from "../support/lab";
import { allDelivered, find, marker, received, swaks } from "../support/mail";

const SITE = "--server 10.66.0.11 --helo foreign1.foreign.example --quit-after RCPT";

/** Ways to ask a stranger's server to pass mail on (after nmap's smtp-open-relay and the relay tests of old). */
const RELAY_FORMS: [from: string, to: string][] = [
  ["zoe@foreign.example", "yves@foreign.example"],
  ["''", "yves@foreign.example"],
  ["zoe@example.org", "yves@foreign.example"],
  ["zoe@mail1.example.org", "yves@foreign.example"],
  ["'zoe@[10.66.0.11]'", "yves@foreign.example"],
  ["zoe@localhost", "yves@foreign.example"],
  ["postmaster@example.org", "yves%foreign.example@example.org"],
  ["zoe@example.org", "'yves%foreign.example@[10.66.0.11]'"],
  ["zoe@example.org", "'\"yves@foreign.example\"@example.org'"],
  ["zoe@example.org", "'\"yves%foreign.example\"@example.org'"],
  ["zoe@example.org", "'yves@foreign.example@example.org'"],
  ["zoe@example.org", "'yves@foreign.example@[10.66.0.11]'"],
  ["zoe@example.org", "'@example.org:yves@foreign.example'"],
  ["zoe@example.org", "'@[10.66.0.11]:yves@foreign.example'"],
  ["zoe@example.org", "'foreign.example!yves'"],
  ["zoe@example.org", "'foreign.example!yves@example.org'"],
  ["zoe@example.org", "'foreign.example!yves@[10.66.0.11]'"],
];

test.each(RELAY_FORMS)("relaying from %s to %s is refused", async (from, to) => {
  const { output } = await swaks(`${SITE} --from ${from} --to ${to}`);
  const answers = output.split("\n").filter((line) => /^<(-|~|\*\*) +[245]\d\d/.test(line));
  const afterRcpt = output.slice(output.indexOf("RCPT TO"));
  // Either RCPT is refused, or MAIL was: no 250 may follow RCPT TO.
  if (output.includes("RCPT TO")) expect(afterRcpt).toMatch(/^<(\*\*|~\*|~) +5\d\d|^<\*\* 5\d\d/m);
  else expect(answers.at(-1)).toMatch(/5\d\d/);
});

test("the relay's own port is closed to strangers", async () => {
  const outcome = await on("foreign1", "timeout 5 bash -c '</dev/tcp/10.66.0.11/10025'");
  expect(outcome.status).not.toBe(0);
});

/**
 * Sends a letter that ends, for some servers, in the middle, with commands for another one behind; the text of the other
 * comes a moment later. All at once it would be refused as pipelining, whatever the server thinks of line ends.
 */
const smuggle = async (first: string, ending: string, hidden: string): Promise<string> => {
  const letter = (subject: string) =>
    `From: zoe@foreign.example\r\nTo: bob@example.org\r\nSubject: ${subject}\r\n\r\nbody`;
  const script = `
import socket, time
s = socket.create_connection(("10.66.0.11", 25), 30)
f = s.makefile("rb")
def answer():
    while True:
        line = f.readline()
        if not line or line[3:4] == b" ":
            return line.decode()
print(answer())
commands = ["MAIL FROM:<zoe@foreign.example>", "RCPT TO:<bob@example.org>", "DATA"]
for command in ["EHLO foreign1.foreign.example"] + commands:
    s.sendall((command + "\\r\\n").encode())
    print(answer())
first, ending, hidden = ${JSON.stringify([letter(first), ending, letter(hidden)])}
s.sendall((first + ending + "".join(c + "\\r\\n" for c in commands)).encode())
time.sleep(1)
try:
    s.sendall((hidden + "\\r\\n.\\r\\nQUIT\\r\\n").encode())
    s.settimeout(30)
    print(f.read().decode())
except OSError as error:
    print(error)
`;
  return ok("foreign1", "python3 -", { input: script });
};

describe("a second message behind a false end of the first one does not arrive", () => {
  test.each([
    ["LF . LF", "\n.\n"],
    ["LF . CRLF", "\n.\r\n"],
  ])("%s: the first one is refused as well", async (_name, ending) => {
    const hidden = marker("smuggled");
    expect(await smuggle(marker("carrier"), ending, hidden)).toMatch(/^354 [^\n]*\n+550 5\.5\.2 .*bare <LF>/m);
    await allDelivered();
    expect(await find("bob@example.org", hidden)).toBeUndefined();
  });

  test.each([
    ["CR . CR", "\r.\r"],
    ["CRLF . CR", "\r\n.\r"],
  ])("%s: it stays text of the first one, on the way to the mailbox too", async (_name, ending) => {
    const [first, hidden] = [marker("carrier"), marker("smuggled")];
    await smuggle(first, ending, hidden);
    expect(await received("bob@example.org", first)).toContain(hidden);
    await allDelivered();
    expect(await find("bob@example.org", hidden)).toBeUndefined();
  });
});

test("nobody can log in over plain text", async () => {
  const smtp = await swaks(
    "--server 10.66.0.11 --port 587 --auth PLAIN --auth-user alice@example.org --auth-password x --quit-after AUTH",
  );
  expect(smtp.output).toMatch(/(Host did not advertise authentication|530 5\.7\.0|must issue a STARTTLS)/i);
  const imap = await on("foreign1", "timeout 5 bash -c 'exec 3<>/dev/tcp/10.66.0.11/143 && head -1 <&3'; echo $?");
  expect(imap.stdout).toBe("124\n"); // port 143 does not answer at all
});

test("POP3 is off until it is declared", async () => {
  for (const port of [110, 995]) {
    const outcome = await on("foreign1", `timeout 5 bash -c '</dev/tcp/10.66.0.11/${port}'`);
    expect(outcome.status).not.toBe(0);
  }
});

test("only declared ports answer", async () => {
  const scan = `
import concurrent.futures, socket
def answers(port):
    with socket.socket() as s:
        s.settimeout(2)
        return s.connect_ex(("10.66.0.11", port)) == 0
ports = [*range(1, 1025), 1110, 2000, 3306, 4190, 5432, 6379, 8000, 8081, 8089, 9090, 9900, 10025, 10587, *range(11332, 11336), 12345]
with concurrent.futures.ThreadPoolExecutor(128) as pool:
    print(*[port for port, open in zip(ports, pool.map(answers, ports)) if open])
`;
  const open = (await ok("foreign1", "python3 -", { input: scan })).trim().split(" ").map(Number);
  expect(open).toEqual([22, 25, 53, 80, 443, 465, 587, 993, 4190]);
});
