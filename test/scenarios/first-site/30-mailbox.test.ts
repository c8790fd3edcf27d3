/** What an account can do with its mailbox: rules, absence notes, limits, search, and training the filter. */
import { readFileSync } from "node:fs";
import { send } from "../../../cli/lab/mail";
import { eventually, lab, ok, on, passwords } from "../support/lab";
import { allDelivered, count, find, header, imap, marker, received, submit } from "../support/mail";
import { sieve } from "../support/managesieve";

const started = Math.floor(Date.now() / 1000);

test("a Sieve rule files mail into a folder", async () => {
  await sieve(
    "bob@example.org",
    'require ["fileinto", "mailbox"];\nif header :contains "Subject" "invoice" { fileinto :create "Invoices"; }\n',
  );
  const subject = marker("invoice");
  await submit({ from: "zoe@foreign.example", to: "bob@example.org", subject });
  await received("bob@example.org", subject, "Invoices");
});

test("a reload of Dovecot, as with each new certificate, ends no session and fails no login", async () => {
  const subject = marker("after the reload");
  const { acme, resolver } = await lab();
  const network = {
    resolver: resolver.ipv4,
    ca: [acme.caFile, acme.rootFile].map((file) => readFileSync(file, "utf8")),
  };
  const password = (await passwords())["bob@example.org"] ?? "";
  const at = (name: string, port: number) => ({ host: `${name}.example.org`, port });
  const login = (port: number) =>
    send(
      { address: "bob@example.org", password, imap: at("imap", 993), submission: at("smtp", port) },
      { to: "bob@example.org", subject: marker("login"), text: "-" },
      network,
    );
  for (const port of [465, 587]) await login(port);
  await imap("bob@example.org", async (client) => {
    await client.mailboxOpen("INBOX");
    await ok("mail1", "systemctl reload dovecot");
    const reloaded = Date.now();
    // A Postfix that was connected to Dovecot's SASL before would answer 454 now.
    for (const port of [465, 587]) expect((await login(port)).answer).toMatch(/^250/);
    await submit({ from: "zoe@foreign.example", to: "bob@example.org", subject });
    const search = async () => ((await client.search({ header: { subject } })) || []).length === 1 || undefined;
    await eventually("the session sees a letter of after the reload", 60, search);
    // By itself Dovecot ends sessions five seconds after a reload.
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, reloaded + 8000 - Date.now())));
    expect(await search()).toBe(true);
  });
}, 120_000);

test("a session of before a reload is ended when its account is told to leave", async () => {
  await imap("bob@example.org", async (client) => {
    const ended = new Promise((resolve) => client.once("close", resolve));
    client.on("error", () => {});
    await ok("mail1", "systemctl reload dovecot && doveadm kick bob@example.org");
    await ended;
  }).catch(() => {});
});

test("a vacation reply reaches the sender, once", async () => {
  const away = marker("away");
  await sieve("bob@example.org", `require "vacation";\nvacation :days 1 :subject "${away}" "Back on Monday.";\n`);
  const [first, second] = [marker("are you there"), marker("still away?")];
  await submit({ from: "zoe@foreign.example", to: "bob@example.org", subject: first });
  const reply = await received("zoe@foreign.example", away);
  expect(header(reply, "Auto-Submitted").join()).toMatch(/auto-replied/);
  await submit({ from: "zoe@foreign.example", to: "bob@example.org", subject: second });
  await received("bob@example.org", second);
  await allDelivered();
  expect(await count("zoe@foreign.example", away)).toBe(1);
  await sieve("bob@example.org", "keep;\n");
});

describe("bob's mailbox of 20 MiB is filled with letters of 5 MB", () => {
  const since = marker("load");

  // One after the other: letters that arrive together are all measured against the same, still emptier mailbox.
  beforeAll(async () => {
    const text = Array.from({ length: 65_000 }, () => "x".repeat(76)).join("\n");
    // Words, not digits: the search of words finds their beginnings, so 5 would be found in 5931.
    for (const n of ["one", "two", "three", "four"]) {
      await submit({ from: "zoe@foreign.example", to: "bob@example.org", subject: `${since} ${n}`, text });
      await received("bob@example.org", `${since} ${n}`);
    }
    await submit({ from: "zoe@foreign.example", to: "bob@example.org", subject: `${since} five`, text });
  }, 240_000);

  afterAll(async () => {
    await ok("mail1", "doveadm expunge -u bob@example.org mailbox INBOX larger 1M");
    await received("bob@example.org", "Your mailbox is"); // still there, and the mailbox works again
  });

  test("its owner is warned", async () => {
    await received("bob@example.org", "Your mailbox is 95 % full");
  });

  test("then mail is refused, and the sender learns why", async () => {
    const bounce = await eventually("zoe has the bounce of the fifth letter", 60, async () => {
      const newest = await find("zoe@foreign.example", "Undelivered");
      return newest?.includes(`${since} five`) ? newest : undefined;
    });
    expect(bounce).toMatch(/552 5\.2\.2 <bob@example\.org> Mailbox is full/);
    expect(await find("bob@example.org", `${since} five`)).toBeUndefined();
  });
});

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
  const log = await ok(
    "mail1",
    `journalctl -q -u dovecot --no-pager --since @${started} | grep 'Error:' | head -5; true`,
  );
  expect(log).toBe(""); // a search that fails tells its client nothing, but the log
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
