/** Chapter: a process of the mail server itself turns hostile. Ports inside the site are not for it. */
import { ok, on } from "../support/lab";

/** Connects as a user of the host and says what came of it. */
const tried = async (user: string, port: number, talk = "") =>
  (
    await on(
      "mail1",
      `setpriv --reuid ${user} --clear-groups python3 - <<'PROGRAM'
import socket
try:
    peer = socket.create_connection(("127.0.0.1", ${port}), 5)
    for line in """${talk}""".splitlines():
        peer.recv(1000)
        peer.sendall(line.encode() + b"\\r\\n")
    print("reached", peer.recv(1000) if ${talk ? "True" : "False"} else "")
except OSError as error:
    print("refused", error)
PROGRAM`,
    )
  ).output.trim();

describe.each([
  ["relay", 10025, "postfix"],
  ["submission's site listener", 10587, "vmail"],
  ["LMTP", 24, "postfix"],
  ["SASL", 12345, "postfix"],
  ["the judge of logins", 12346, "dovecot"],
  ["the list of bans", 12347, "postfleet-bans"],
  ["the milter", 11332, "postfix"],
  ["rspamd's controller", 11334, "vmail"],
])("%s", (_what, port, client) => {
  test("is refused to the webmail's PHP, to nginx and to nobody", async () => {
    for (const user of ["roundcube", "www-data", "nobody"]) expect(await tried(user, port)).toMatch(/^refused/);
  });

  test(`is open to ${client}, who needs it`, async () => {
    expect(await tried(client, port)).toMatch(/^reached/);
  });
});

test("the mailstore's own programs write as our domains or as nobody, and as no stranger", async () => {
  const answer = (sender: string) =>
    tried("vmail", 10587, `EHLO mail1.example.org\nMAIL FROM:<${sender}>\nRCPT TO:<alice@example.org>`);
  expect(await answer("bob@example.org")).toMatch(/250/);
  expect(await answer("")).toMatch(/250/);
  expect(await answer("ceo@bank.example")).toMatch(/55[0-9]/);
});

test("the controller listens on loopback alone, where nobody else teaches", async () => {
  const listeners = await ok("mail1", "ss -Hltn sport = :11334 | awk '{ print $4 }'");
  expect(listeners.trim().split("\n")).toEqual(["127.0.0.1:11334"]);
});
