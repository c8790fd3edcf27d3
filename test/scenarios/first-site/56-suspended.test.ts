/** Chapter: a stolen account. One entry in the site file, and nothing of it gets in or out; without it all is as before. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ImapFlow } from "imapflow";
import { acmeRoot, ok, passwords, pulumi, ROOT } from "../support/lab";
import { imap, marker, received, submit } from "../support/mail";

const SITE_FILE = join(ROOT, "stacks/lab.yaml");
const original = readFileSync(SITE_FILE, "utf8");
const BOB = "bob@example.org";
const up = () => pulumi(["up", "--yes", "--skip-preview"]);

// Also when a test ran out of time in the middle of an update.
afterAll(() => writeFileSync(SITE_FILE, original));

const processOf = async (unit: string) => (await ok("mail1", `systemctl show -p MainPID --value ${unit}`)).trim();
const refused = (act: Promise<unknown>) =>
  act.then(
    () => "it went through",
    (error) => String(error.responseText ?? error.response ?? error.message),
  );

test("suspending ends the open session and refuses every login; nothing restarts, others notice nothing", async () => {
  const session = new ImapFlow({
    host: "10.66.0.11",
    port: 993,
    secure: true,
    servername: "imap.example.org",
    tls: { ca: await acmeRoot() },
    auth: { user: BOB, pass: (await passwords())[BOB] ?? "" },
    logger: false,
  });
  session.on("error", () => {});
  await session.connect();
  const ended = new Promise<void>((resolve) => session.on("close", resolve));
  const units = ["dovecot.service", "rspamd.service"];
  const before = await Promise.all(units.map(processOf));
  const suspended = 'suspended: { since: "2026-11-28", why: sends spam, mail: refuse }';
  const text = original.replace("{ name: Bob Durand, quota: 20M }", `{ name: Bob Durand, quota: 20M, ${suspended} }`);
  expect(text).not.toBe(original);
  writeFileSync(SITE_FILE, text);
  expect((await up()).status).toBe(0);
  await ended;
  expect(await Promise.all(units.map(processOf))).toEqual(before);
  expect(await refused(imap(BOB, async () => {}))).toMatch(/Authentication failed/i);
  expect(await refused(submit({ from: BOB, to: "alice@example.org", subject: marker("stolen") }))).toMatch(/535/);
  expect(await refused(submit({ from: "alice@example.org", to: BOB, subject: marker("to the stolen") }))).toMatch(
    /5\.2\.1/,
  );
  const subject = marker("others go on");
  await submit({ from: "alice@example.org", to: "alice@example.org", subject });
  await received("alice@example.org", subject);
}, 600_000);

test("without the entry the account is back, with what an alias brought meanwhile", async () => {
  const subject = marker("by the alias");
  await submit({ from: "alice@example.org", to: "info@example.org", subject });
  writeFileSync(SITE_FILE, original);
  expect((await up()).status).toBe(0);
  await received(BOB, subject);
  const again = marker("back");
  await submit({ from: BOB, to: "alice@example.org", subject: again });
  await received("alice@example.org", again);
}, 600_000);
