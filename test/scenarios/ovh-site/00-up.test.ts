/** Two servers without a system become a mail site by one command: systems, names, zones, firewall, storage, mail. */
import { command, eventually, ok, POSTFLEET } from "../support/lab";
import { marker } from "../support/mail";
import {
  certificateFault,
  dig,
  expectNoChange,
  fromNothing,
  mail,
  nameServers,
  pulumi,
  read,
  STACK,
  writes,
} from "../support/ovh";

const RESOLVER = "10.66.0.2";

beforeAll(fromNothing, 1_200_000);

test("`postfleet deploy` does it all", async () => {
  const { status, output } = await command(POSTFLEET, ["deploy", "--stack", STACK], { timeout: 900 });
  expect(output).toMatch(/srv1\.ovh\.example: EVERYTHING ON ITS DISKS IS ERASED/);
  expect({ status, output: status === 0 ? "" : output }).toEqual({ status: 0, output: "" });
}, 900_000);

test("each server was installed once, and each zone published once", async () => {
  const made = await writes();
  for (const server of ["srv1", "srv2"]) {
    expect(made.filter((each) => each.includes(`${server}.ovh.example/reinstall 200`))).toHaveLength(1);
  }
  for (const zone of ["campus.example", "campus-lists.example"]) {
    expect(made.filter((each) => each.startsWith(`POST /domain/zone/${zone}/refresh`))).toHaveLength(1);
  }
});

test("the certificates come", async () => {
  await eventually("imap.campus.example has a certificate that clients trust", 120, async () =>
    (await certificateFault("imap.campus.example", 993)) === undefined ? true : undefined,
  );
}, 150_000);

test("addresses have names in both directions", async () => {
  for (const [address, name] of Object.entries({
    "10.66.0.51": "mail1.campus.example.",
    "fd66::51": "mail1.campus.example.",
    "10.66.0.52": "back1.campus.example.",
    "fd66::52": "back1.campus.example.",
    "10.66.0.60": "relay.campus.example.",
  })) {
    const { stdout } = await command("dig", [`@${RESOLVER}`, "+short", "-x", address]);
    expect([address, stdout.trim()]).toEqual([address, name]);
    const type = address.includes(":") ? "AAAA" : "A";
    expect(await dig(RESOLVER, name, type)).toBe(address);
  }
});

test("`postfleet dns` finds every record at every name server, signed", async () => {
  await eventually("the registry has the zones' DS records", 60, async () =>
    (await dig(RESOLVER, "campus.example", "DS")) !== "" && (await dig(RESOLVER, "campus-lists.example", "DS")) !== ""
      ? true
      : undefined,
  );
  const { status, output } = await command(POSTFLEET, ["dns", "--stack", STACK]);
  expect(output).not.toMatch(/^ +[✗!]/m);
  expect(status).toBe(0);
  expect(await nameServers()).toHaveLength(2);
}, 180_000);

test("mail goes there and back, verified by the foreign provider", async () => {
  const [question, answer] = [marker("to campus"), marker("from campus")];
  await mail("zoe@foreign.example", { to: "alice@campus.example", subject: question, text: "Are you there?" });
  const arrived = await read("alice@campus.example", question);
  expect(arrived.authentication.join(" ")).toMatch(/dkim=pass/);
  expect(arrived.authentication.join(" ")).toMatch(/dmarc=pass/);
  await mail("alice@campus.example", { to: "zoe@foreign.example", subject: answer, text: "I am." });
  const words = (await read("zoe@foreign.example", answer)).authentication.join(" ");
  for (const check of ["dkim", "spf", "dmarc"]) expect(words).toMatch(new RegExp(`${check}=pass`));
}, 180_000);

test("the foreign provider's server verified ours by DANE", async () => {
  const log = await ok(
    "foreign1",
    "journalctl -q --no-pager -o cat -u 'postfix@*' -u postfix | grep 'TLS connection' | tail -20",
  );
  expect(log).toMatch(/Verified TLS connection established to mail1\.campus\.example/);
});

test("the MTA-STS policy is served", async () => {
  const { stdout } = await command("curl", [
    ...["--silent", "--show-error", "--insecure", "--resolve", "mta-sts.campus.example:443:10.66.0.51"],
    "https://mta-sts.campus.example/.well-known/mta-sts.txt",
  ]);
  expect(stdout).toMatch(/^version: STSv1\r?\nmode: enforce\r?\nmx: mail1\.campus\.example/);
});

test("the next preview says no change", async () => {
  await expectNoChange();
}, 120_000);

test("no secret is in the state in the open", async () => {
  const { stdout } = await pulumi(["stack", "export"]);
  expect(stdout).not.toMatch(/PRIVATE KEY/);
  const keys = JSON.parse(
    await (await import("node:fs/promises")).readFile("/var/lib/postfleet-lab/ovh/credentials.json", "utf8"),
  );
  for (const value of Object.values(keys)) expect(stdout).not.toContain(value);
});
