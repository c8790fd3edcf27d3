/** What an account can do with its mailbox: rules, absence notes, limits, search, and training the filter. */
import { ok, on, passwords } from "../support/lab";
import { find, header, imap, marker, received, submit } from "../support/mail";
import { ManageSieve } from "../support/managesieve";

/** Installs one active Sieve script for an account, through ManageSieve (RFC 5804). */
async function sieve(address: string, script: string): Promise<void> {
  const session = await ManageSieve.connect(address, (await passwords())[address] ?? "");
  try {
    await session.install("scenario", script);
  } finally {
    session.close();
  }
}

test("a Sieve rule files mail into a folder", async () => {
  await sieve(
    "bob@example.org",
    'require ["fileinto", "mailbox"];\nif header :contains "Subject" "invoice" { fileinto :create "Invoices"; }\n',
  );
  const subject = marker("invoice");
  await submit({ from: "zoe@foreign.example", to: "bob@example.org", subject });
  await received("bob@example.org", subject, "Invoices");
});

test("a vacation reply reaches the sender, once", async () => {
  const away = marker("away");
  await sieve("bob@example.org", `require "vacation";\nvacation :days 1 :subject "${away}" "Back on Monday.";\n`);
  await submit({ from: "zoe@foreign.example", to: "bob@example.org", subject: marker("are you there") });
  const reply = await received("zoe@foreign.example", away);
  expect(header(reply, "Auto-Submitted").join()).toMatch(/auto-replied/);
  await sieve("bob@example.org", "keep;\n");
});

test("a full mailbox refuses mail and its owner was warned before", async () => {
  const chunk = "x".repeat(76);
  const text = Array.from({ length: 65_000 }, () => chunk).join("\n"); // about 5 MB; bob has 20 MB
  const subjects = [1, 2, 3, 4, 5].map((n) => marker(`load ${n}`));
  for (const subject of subjects) await submit({ from: "zoe@foreign.example", to: "bob@example.org", subject, text });
  await received("bob@example.org", subjects[2] ?? "", "INBOX", 120);
  await received("bob@example.org", "quota", "INBOX", 120);
  await received("zoe@foreign.example", "Undelivered", "INBOX", 120);
  await imap("bob@example.org", async (client) => {
    const lock = await client.getMailboxLock("INBOX");
    await client.messageDelete({ larger: 1_000_000 });
    lock.release();
  });
}, 300_000);

test("words in the text of a message are found", async () => {
  const [subject, word] = [marker("search"), `zanzibar${Date.now().toString(36)}`];
  await submit({ from: "zoe@foreign.example", to: "alice@example.org", subject, text: `We sail to ${word} at dawn.` });
  await received("alice@example.org", subject);
  const hits = await imap("alice@example.org", async (client) => {
    const lock = await client.getMailboxLock("INBOX");
    try {
      return (await client.search({ body: word })) || [];
    } finally {
      lock.release();
    }
  });
  expect(hits).toHaveLength(1);
  expect(await ok("mail1", "journalctl -q -u dovecot --no-pager | grep 'Error:' | head -5; true")).toBe("");
});

test("moving a message to Junk teaches the filter", async () => {
  const learned = async () =>
    Number(await ok("mail1", "rspamc -h 127.0.0.1:11334 stat | sed -n 's/^Messages learned: //p'"));
  const before = await learned();
  const subject = marker("buy now");
  await submit({
    from: "zoe@foreign.example",
    to: "alice@example.org",
    subject,
    text: "Cheap watches and pills, buy today. ".repeat(20),
  });
  await received("alice@example.org", subject);
  await imap("alice@example.org", async (client) => {
    const lock = await client.getMailboxLock("INBOX");
    await client.messageMove({ header: { subject } }, "Junk");
    lock.release();
  });
  expect(await find("alice@example.org", subject, "Junk")).toBeDefined();
  expect(await learned()).toBe(before + 1);
});

test("a wrong password is refused, and the log does not hold it", async () => {
  const attempt = await on(
    "foreign1",
    "curl -sk --max-time 30 imaps://10.66.0.11/ -u alice@example.org:wrong-Passw0rd; echo $?",
  );
  expect(attempt.stdout).toMatch(/67/); // curl: login denied
  expect((await on("mail1", "journalctl -q --no-pager | grep -c wrong-Passw0rd")).stdout).toBe("0\n");
}, 60_000);
