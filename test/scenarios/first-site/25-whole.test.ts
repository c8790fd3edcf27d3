/** Mail that leaves or arrives is whole: nothing is lost by a rule, altered on its way, or put off for ever. */
import { ok } from "../support/lab";
import { allDelivered, count, find, header, marker, received, submit, submitRaw, swaks } from "../support/mail";
import { sieve } from "../support/managesieve";

const ALICE = "alice@example.org";
const BOB = "bob@example.org";

/** What a server offers. */
const offers = async (args: string): Promise<string[]> =>
  [...(await swaks(`--server 10.66.0.11 --quit-after EHLO ${args}`)).output.matchAll(/250[- ]([A-Z0-9]+)/g)].map(
    ([, word = ""]) => word,
  );

test("strangers are offered nothing by which the site would write to others, and nobody what the mailstore cannot take", async () => {
  const mx = await offers("--helo foreign1.foreign.example --port 25");
  expect(mx).toContain("PIPELINING");
  expect(mx.filter((word) => ["DSN", "ETRN", "SMTPUTF8"].includes(word))).toEqual([]);
  const submission = await offers("--tls-on-connect --port 465");
  expect(submission).toContain("AUTH");
  expect(submission).not.toContain("SMTPUTF8");
});

test("a program that sends neither Date nor Message-ID is helped, before the mail is signed", async () => {
  const subject = marker("bare");
  expect(
    await submitRaw(
      ALICE,
      "zoe@foreign.example",
      `From: ${ALICE}\nTo: zoe@foreign.example\nSubject: ${subject}\n\nhello\n`,
    ),
  ).toMatch(/^250 2\.0\.0 Ok/);
  const source = await received("zoe@foreign.example", subject);
  expect(header(source, "Message-ID").join()).toMatch(/^<.+@.+>$/);
  expect(header(source, "Date")).toHaveLength(1);
  const signed = header(source, "DKIM-Signature").map((signature) => /h=([^;]*)/.exec(signature)?.[1]?.toLowerCase());
  for (const names of signed) expect(names).toMatch(/message-id/);
  expect(
    header(source, "Authentication-Results")
      .join(" ")
      .match(/dkim=pass/g),
  ).toHaveLength(2);
});

test("a message in a message stays as it is", async () => {
  const subject = marker("attached");
  const inner =
    "From: x@foreign.example\nSubject: inner\nX-Mailer: Theirs 1.0\nUser-Agent: Theirs\nX-Spam: Yes\n\ninner text\n";
  const message = `From: ${ALICE}\nTo: zoe@foreign.example\nSubject: ${subject}\nMIME-Version: 1.0
Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\nsee below\n--b\nContent-Type: message/rfc822\n\n${inner}\n--b--\n`;
  expect(await submitRaw(ALICE, "zoe@foreign.example", message)).toMatch(/^250 2\.0\.0 Ok/);
  const source = await received("zoe@foreign.example", subject);
  for (const line of ["X-Mailer: Theirs 1.0", "User-Agent: Theirs", "X-Spam: Yes"]) expect(source).toContain(line);
});

test("the owner of an alias sees by which address a mail came", async () => {
  const subject = marker("to all");
  await submit({ from: "zoe@foreign.example", to: "info@example.org", subject });
  const source = await received(BOB, subject);
  expect(header(source, "X-Original-To")).toEqual(["info@example.org"]);
  expect(header(source, "Delivered-To")).toEqual([BOB]);
});

describe.each([
  ["the postmaster's own", ALICE],
  ["an ordinary user's", BOB],
])("%s redirect leads to an address that is gone", (_whose, owner) => {
  beforeAll(() => sieve(owner, 'redirect "nobody-here@foreign.example";\n'));
  afterAll(() => sieve(owner, "keep;\n"));

  test("the mail comes back to the owner, whole and once, and nothing goes round", async () => {
    const [subject, text] = [marker("redirected"), `the only copy ${Date.now().toString(36)}`];
    await submit({ from: "zoe@foreign.example", to: owner, subject, text });
    const bounce = await received(owner, "Undelivered Mail Returned to Sender");
    await allDelivered();
    expect((await find(owner, "Undelivered Mail Returned to Sender")) ?? bounce).toContain(text);
    expect(await count(owner, subject)).toBe(0);
    const seconds = 10;
    const bounced = `journalctl -q --since -${seconds}s -u postfix@relay | grep -c 'sender non-delivery notification' || true`;
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
    expect(await ok("mail1", bounced)).toBe("0\n");
  }, 120_000);
});

test("more recipients than the rate lets through at once are refused with words, not put off for ever", async () => {
  const to = Array.from({ length: 60 }, (_, n) => `nobody${n}@foreign.example`);
  await expect(submit({ from: BOB, to, subject: marker("many") })).rejects.toThrow(/60 recipients: at most 50/);
});
