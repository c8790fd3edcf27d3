/** Mail from another provider is checked, filtered and delivered; what must not come in is refused at the door. */
import { ok } from "../support/lab";
import { find, header, marker, received, submit, swaks } from "../support/mail";

const started = Math.floor(Date.now() / 1000);
const SITE = "--server 10.66.0.11 --helo foreign1.foreign.example";

test("a letter from a foreign provider passes SPF, DKIM and DMARC and is in the INBOX", async () => {
  const subject = marker("hello");
  await submit({ from: "zoe@foreign.example", to: "alice@example.org", subject });
  const source = await received("alice@example.org", subject);
  const results = header(source, "Authentication-Results").join(" ");
  expect(results).toMatch(/spf=pass/);
  expect(results).toMatch(/dkim=pass/);
  expect(results).toMatch(/dmarc=pass/);
});

test("mail over IPv6 arrives as well", async () => {
  const subject = marker("over six");
  const outcome = await swaks(
    `--server '[fd66::11]' -6 --helo foreign1.foreign.example --from zoe@foreign.example --to bob@example.org --header 'Subject: ${subject}'`,
  );
  expect(outcome.output).toMatch(/250 2\.0\.0/);
  await received("bob@example.org", subject);
});

test("the transfer is encrypted with TLS 1.2 or better", async () => {
  const outcome = await swaks(`${SITE} --tls --from zoe@foreign.example --to alice@example.org --quit-after RCPT`);
  expect(outcome.output).toMatch(/TLS started with cipher TLSv1\.[23]/);
});

test("GTUBE, the test pattern for spam, is refused", async () => {
  const gtube = "XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X";
  const outcome = await swaks(`${SITE} --from zoe@foreign.example --to alice@example.org --body '${gtube}'`);
  expect(outcome.output).toMatch(/^<\*\* 5\d\d/m);
  expect(outcome.status).not.toBe(0);
});

test("a forged sender is refused when its domain says p=reject", async () => {
  const subject = marker("forged");
  const outcome = await swaks(
    `${SITE} --from mallory@foreign.example --to alice@example.org --header 'From: Bob <bob@example.org>' --header 'Subject: ${subject}'`,
  );
  expect(outcome.output).toMatch(/^<\*\* 554 5\.7\.1 .*forged/m);
  expect(await find("alice@example.org", subject)).toBeUndefined();
});

test("an unknown recipient is refused at the door, so that nothing has to be bounced later", async () => {
  const outcome = await swaks(`${SITE} --from zoe@foreign.example --to nobody@example.org --quit-after RCPT`);
  expect(outcome.output).toMatch(/^<\*\* 550 5\.1\.1/m);
});

test("the header of a message cannot claim checks that this site has not made", async () => {
  const subject = marker("claims");
  await swaks(
    `${SITE} --from zoe@foreign.example --to alice@example.org --header 'Subject: ${subject}' --header 'Authentication-Results: mail1.example.org; dkim=pass header.d=bank.example'`,
  );
  const results = header(await received("alice@example.org", subject), "Authentication-Results").join(" ");
  expect(results).not.toMatch(/bank\.example/);
});

test("an alias reaches both its targets, and a catch-all takes what nobody else has", async () => {
  const [alias, rest] = [marker("alias"), marker("catch-all")];
  await submit({ from: "zoe@foreign.example", to: "info@example.org", subject: alias });
  await submit({ from: "zoe@foreign.example", to: "whoever@example.net", subject: rest });
  await received("alice@example.org", alias);
  await received("bob@example.org", alias);
  await received("alice@example.org", rest);
});

test("an internal group takes mail from the site's own accounts only", async () => {
  const outside = await swaks(`${SITE} --from zoe@foreign.example --to team@example.org --quit-after RCPT`);
  expect(outside.output).toMatch(/^<\*\* 5\d\d/m);
  const subject = marker("to the team");
  await submit({ from: "bob@example.org", to: "team@example.org", subject });
  await received("alice@example.org", subject);
  await received("carol@example.net", subject);
});

test("the log holds no error of Dovecot's", async () => {
  expect(await ok("mail1", `journalctl -q -u dovecot --no-pager --since @${started} | grep -c 'Error:' || true`)).toBe(
    "0\n",
  );
});
