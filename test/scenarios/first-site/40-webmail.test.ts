/** A person logs in to the webmail with a browser, reads a letter and sends one. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { type Browser, chromium } from "playwright-core";
import { command, passwords, ROOT } from "../support/lab";
import { marker, received, submit } from "../support/mail";

const URL = "https://webmail.example.org";
let browser: Browser;

beforeAll(async () => {
  browser = await chromium.launch({
    executablePath: "/usr/bin/chromium",
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      "--host-resolver-rules=MAP *.example.org 10.66.0.11",
    ],
  });
}, 60_000);

afterAll(() => browser?.close());

test("login, read and send", async () => {
  const [letter, answer] = [marker("for the webmail"), marker("from the webmail")];
  await submit({ from: "zoe@foreign.example", to: "alice@example.org", subject: letter, text: "Do you read me?" });
  await received("alice@example.org", letter);

  // The lab's CA is none of the browser's; that the certificate is right, the tests with other clients prove.
  const page = await browser.newPage({ ignoreHTTPSErrors: true, viewport: { width: 1280, height: 800 } });
  await page.goto(URL);
  await page.fill("input[name=_user]", "alice@example.org");
  await page.fill("input[name=_pass]", (await passwords())["alice@example.org"] ?? "");
  await page.click("#rcmloginsubmit");
  await page.waitForSelector("#messagelist");
  await page.getByText(letter).first().waitFor();
  const pictures = join(ROOT, ".lab");
  mkdirSync(pictures, { recursive: true });
  await page.screenshot({ path: join(pictures, "webmail.png") });

  await page.getByText(letter).first().dblclick();
  await page.getByText("Do you read me?").waitFor();

  await page.goto(`${URL}/?_task=mail&_action=compose&_to=zoe@foreign.example`);
  await page.fill("#compose-subject", answer);
  await page.fill("#composebody", "I read you.");
  await page.locator(".send:visible").first().click();
  await page.getByText("Message sent successfully").waitFor();
  await received("zoe@foreign.example", answer);
}, 180_000);

test.each([
  [
    "autoconfig (Thunderbird)",
    "https://autoconfig.example.org/mail/config-v1.1.xml?emailaddress=alice@example.org",
    /imap\.example\.org/,
  ],
  ["MTA-STS policy", "https://mta-sts.example.org/.well-known/mta-sts.txt", /^version: STSv1\r?\nmode: enforce/],
])("%s is served", async (_name, url, expected) => {
  const name = new globalThis.URL(url).hostname;
  const { stdout } = await command("curl", ["-sk", "--max-time", "20", "--resolve", `${name}:443:10.66.0.11`, url]);
  expect(stdout).toMatch(expected);
});

test("autodiscover (Outlook) answers for the address that asks", async () => {
  const request =
    '<?xml version="1.0"?><Autodiscover xmlns="http://schemas.microsoft.com/exchange/autodiscover/outlook/requestschema/2006"><Request><EMailAddress>alice@example.org</EMailAddress></Request></Autodiscover>';
  const { stdout } = await command("curl", [
    ..."-sk --max-time 20 --resolve autodiscover.example.org:443:10.66.0.11 -H Content-Type:text/xml --data".split(" "),
    request,
    "https://autodiscover.example.org/autodiscover/autodiscover.xml",
  ]);
  expect(stdout).toMatch(/<LoginName>alice@example\.org<\/LoginName>/);
  expect(stdout).toMatch(/imap\.example\.org/);
});

describe("logins are counted where nobody can choose not to be", () => {
  /** The status of a login with the right password, at an address and with a body of the caller's choice. */
  const login = async (address: string, task: string): Promise<string> => {
    const curl = ["-sk", "--max-time", "20", "--resolve", "webmail.example.org:443:10.66.0.11", "-b", "", "-c"];
    const jar = join(ROOT, ".lab", "webmail-cookies");
    const { stdout: page } = await command("curl", [...curl, jar, `${URL}/?_task=login`]);
    const token = /name="_token" value="(\w+)"/.exec(page)?.[1] ?? "";
    const password = (await passwords())["alice@example.org"] ?? "";
    const body = new URLSearchParams({ _action: "login", _token: token, _user: "alice@example.org", _pass: password });
    if (task) body.set("_task", task);
    const { stdout } = await command("curl", [
      ...["-sk", "--max-time", "20", "--resolve", "webmail.example.org:443:10.66.0.11", "-b", jar, "-c", jar],
      ...["-o", "/dev/null", "-w", "%{http_code} %{redirect_url}", "--data", `${body}`, `${URL}${address}`],
    ]);
    return stdout;
  };

  test("a login at the address of logins is one", async () => {
    expect(await login("/?_task=login", "login")).toMatch(/^302 .*_task=mail/);
  });

  test.each([
    ["the task in the body", "/"],
    ["another task in front of it", "/?_task=mail&_task=login"],
    ["the task in other letters", "/?%5ftask=login"],
    ["something in front of it", "/?x=1&_task=login"],
  ])("%s: no login, even with the right password", async (_what, address) => {
    expect(await login(address, "login")).not.toMatch(/^302 .*_task=mail/);
  });

  test("after some there is a pause", async () => {
    const urls = Array.from({ length: 25 }, () => ["-o", "/dev/null", `${URL}/?_task=login`]).flat();
    const { stdout } = await command("curl", [
      ...["-sk", "--max-time", "60", "--resolve", "webmail.example.org:443:10.66.0.11"],
      ...["--parallel", "-w", "%{http_code}\n", "--data", "_task=login", ...urls],
    ]);
    expect(stdout.split("\n").filter((status) => status === "429").length).toBeGreaterThan(5);
  });
});
