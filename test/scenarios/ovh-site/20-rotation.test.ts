/** DKIM keys are rotated while mail is sent every second: none goes out unsigned, none fails. */
import { eventually } from "../support/lab";
import { imap, marker } from "../support/mail";
import { dig, editSite, expectNoChange, mail, nameServers, pulumi, up } from "../support/ovh";

const story = marker("every second").replaceAll(" ", "-");
const sent: string[] = [];
const failed: string[] = [];
let sending = true;
let sender: Promise<void>;

/** One mail a second, each from a connection of its own, until told to stop. */
async function sendOn(): Promise<void> {
  while (sending) {
    const subject = `${story}-n${sent.length + failed.length}`;
    const begun = Date.now();
    await mail("alice@campus.example", { to: "zoe@foreign.example", subject, text: "Tick." }).then(
      () => sent.push(subject),
      (error: Error) => failed.push(`${subject}: ${error.message}`),
    );
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, 1000 - (Date.now() - begun))));
  }
}

/** What the foreign provider found of each letter: subject -> Authentication-Results. */
function verdicts(): Promise<Map<string, string>> {
  return imap("zoe@foreign.example", async (client) => {
    await client.mailboxOpen("INBOX");
    const found = new Map<string, string>();
    const query = { envelope: true, headers: ["authentication-results"] };
    for await (const { envelope, headers } of client.fetch("1:*", query)) {
      if (envelope?.subject?.startsWith(story)) {
        found.set(envelope.subject, (headers?.toString("utf8") ?? "").replace(/\r?\n[ \t]+/g, " "));
      }
    }
    return found;
  });
}

/** The selectors that have a key, and those whose key is revoked, at one name server. */
async function published(server: string): Promise<{ keys: string[]; revoked: string[] }> {
  const all = await Promise.all(
    ["r1", "r2", "e1", "e2"].map(async (selector) => ({
      selector,
      text: await dig(server, `${selector}._domainkey.campus.example`, "TXT"),
    })),
  );
  // Base64 may begin with any of its signs.
  const named = (match: RegExp) => all.filter(({ text }) => match.test(text)).map(({ selector }) => selector);
  return { keys: named(/p=[A-Za-z0-9+/]/), revoked: named(/p="?$/) };
}

const keys = (dkim: string) => editSite((text) => `${text.replace(/^keys:.*\n?/m, "")}keys: { dkim: ${dkim} }\n`);

beforeAll(() => {
  sender = sendOn();
});
afterAll(async () => {
  sending = false;
  await sender;
});

test("the next keys are published, and not yet used", async () => {
  keys("{ rotate: 10s, retention: 10s }");
  const { status, output } = await up();
  expect({ status, output: status === 0 ? "" : output }).toEqual({ status: 0, output: "" });
  for (const server of await nameServers()) {
    expect(await published(server)).toEqual({ keys: ["r1", "r2", "e1", "e2"], revoked: [] });
  }
  keys("{ rotate: 1d, retention: 10s }");
}, 240_000);

test("a preview says that they are seen, and the update signs with them", async () => {
  expect((await pulumi(["preview"])).output).toMatch(/r2/);
  expect((await up()).status).toBe(0);
  const subject = `${story}-after`;
  await mail("alice@campus.example", { to: "zoe@foreign.example", subject, text: "Signed by whom?" });
  sent.push(subject);
  const verdict = await eventually("the letter after the switch", 60, async () => (await verdicts()).get(subject));
  expect(verdict).toMatch(/dkim=pass[^;]*header\.s=r2/);
  expect(verdict).toMatch(/dkim=pass[^;]*header\.s=e2/);
}, 240_000);

test("the old keys are revoked when their time is over, then they are gone", async () => {
  await new Promise((resolve) => setTimeout(resolve, 10_000)); // the retention
  expect((await up()).status).toBe(0);
  for (const server of await nameServers()) {
    expect(await published(server)).toEqual({ keys: ["r2", "e2"], revoked: ["r1", "e1"] });
  }
  await new Promise((resolve) => setTimeout(resolve, 10_000));
  expect((await up()).status).toBe(0);
  for (const server of await nameServers())
    expect(await published(server)).toEqual({ keys: ["r2", "e2"], revoked: [] });
  await expectNoChange();
}, 400_000);

test("every letter was taken, arrived, and was signed by a key that the receiver found", async () => {
  sending = false;
  await sender;
  expect(failed).toEqual([]);
  expect(sent.length).toBeGreaterThan(30);
  const all = await eventually(`all ${sent.length} letters at the foreign provider`, 120, async () => {
    const found = await verdicts();
    return sent.every((subject) => found.has(subject)) ? found : undefined;
  });
  for (const subject of sent) {
    const results = [...(all.get(subject) ?? "").matchAll(/dkim=(\w+)/g)].map(([, result]) => result);
    expect([subject, results]).toEqual([subject, ["pass", "pass"]]);
  }
}, 240_000);
